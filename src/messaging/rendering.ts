import Handlebars from 'handlebars';
import { templateOf, type Facts, type TemplateKey } from './templates.js';

/** Strict: a variable that is not there is an error, and nothing but own members is reached. */
const STRICT = { strict: true, preventIndent: true, knownHelpersOnly: true, knownHelpers: { if: true } };

export interface RenderedMail {
  subject: string;
  html: string;
  text: string;
}

export interface Brand {
  color: string;
  logoUrl: string | null;
}

/** Text of one line: never escaped, and no line break can end a header. */
function line(template: string, facts: Facts): string {
  return Handlebars.compile<Facts>(template, { ...STRICT, noEscape: true })(facts)
    .replace(/[\r\n]+/g, ' ')
    .trim();
}

function html(template: string, facts: object): string {
  return Handlebars.compile<object>(template, STRICT)(facts);
}

/** A mail that reads well in any client: one table, styles in the elements, a text of its own. */
export function renderMail(key: TemplateKey, facts: Facts, brand: Brand): RenderedMail {
  const { subject, heading, body, action = 'Confirm, move or cancel' } = templateOf(key);
  const toPractice = key.startsWith('practice_');
  const parts = {
    heading: line(heading, facts),
    body: line(body, facts),
    color: brand.color,
    logo: brand.logoUrl,
    link: toPractice ? '' : facts.manage_link,
    action,
    ...facts,
  };
  const rows = [
    `When: ${facts.apt_date}, ${facts.start_time}`,
    `With: ${facts.provider_name}`,
    `Where: ${facts.location_name}, ${facts.location_address}`,
  ];
  const text = [
    parts.heading,
    '',
    parts.body,
    '',
    ...rows,
    ...(parts.link ? ['', `${action}: ${parts.link}`] : []),
    '',
    `${facts.practice_name} ${facts.practice_phone}`,
  ];
  return { subject: line(subject, facts), html: html(LAYOUT, parts), text: text.join('\n') };
}

export function renderSms(key: TemplateKey, facts: Facts): string {
  return line(templateOf(key).sms, facts);
}

const LAYOUT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>{{heading}}</title></head>
<body style="margin:0;padding:0;background:#f4f8f7">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f4f8f7"><tr><td align="center" style="padding:28px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;border:1px solid #d9e2e0;border-radius:12px;font-family:Helvetica,Arial,sans-serif;color:#1c2b2a">
<tr><td style="background:{{color}};border-radius:12px 12px 0 0;padding:18px 28px;color:#ffffff;font-size:17px;font-weight:bold">{{practice_name}}</td></tr>
<tr><td style="padding:28px 28px 4px;font-size:22px;font-weight:bold">{{heading}}</td></tr>
<tr><td style="padding:8px 28px 16px;font-size:16px;line-height:24px">{{body}}</td></tr>
<tr><td style="padding:0 28px"><table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f4f8f7;border-radius:8px;font-size:15px;line-height:22px">
<tr><td style="padding:14px 18px 2px;color:#5b6b69;width:70px">When</td><td style="padding:14px 18px 2px 0;font-weight:bold">{{apt_date}}, {{start_time}}</td></tr>
<tr><td style="padding:2px 18px;color:#5b6b69">With</td><td style="padding:2px 18px 2px 0;font-weight:bold">{{provider_name}}</td></tr>
<tr><td style="padding:2px 18px 14px;color:#5b6b69;vertical-align:top">Where</td><td style="padding:2px 18px 14px 0;font-weight:bold">{{location_name}}<br><span style="font-weight:normal">{{location_address}}</span></td></tr>
</table></td></tr>
{{#if link}}<tr><td style="padding:22px 28px 4px"><a href="{{link}}" style="display:inline-block;background:{{color}};color:#ffffff;text-decoration:none;font-weight:bold;padding:12px 22px;border-radius:8px">{{action}}</a></td></tr>{{/if}}
<tr><td style="padding:20px 28px 26px;font-size:13px;line-height:20px;color:#5b6b69">{{practice_name}} · {{practice_phone}}</td></tr>
</table></td></tr></table></body></html>`;
