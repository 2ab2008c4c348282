interface Template {
  subject: string;
  heading: string;
  body: string;
  /** What the link is for; default: to manage the visit. */
  action?: string;
  sms: string;
}

/** What is said when. Variables are those of `Facts`; Handlebars escapes them in HTML. */
export const TEMPLATES = {
  booked: {
    subject: 'Your visit at {{practice_name}}: {{apt_date}}, {{start_time}}',
    heading: 'Your visit is booked',
    body: 'Hello {{patient_name}}, we look forward to seeing you for {{reason_name}} with {{provider_name}}.',
    sms: '{{practice_name}}: your visit is booked for {{apt_date}}, {{start_time}}. Details: {{manage_link}}',
  },
  requested: {
    subject: 'We have your request for {{apt_date}}, {{start_time}}',
    heading: 'We have your request',
    body: 'Hello {{patient_name}}, thank you. {{practice_name}} keeps this time for you and will answer soon.',
    sms: '{{practice_name}}: we have your request for {{apt_date}}, {{start_time}} and will answer soon.',
  },
  declined: {
    subject: 'Your request at {{practice_name}}',
    heading: 'We cannot take this time',
    body: 'Hello {{patient_name}}, we are sorry: this time does not work for us. Please choose another one or call {{practice_phone}}.',
    sms: '{{practice_name}}: sorry, {{apt_date}}, {{start_time}} does not work for us. Please call {{practice_phone}}.',
  },
  rescheduled: {
    subject: 'Your visit has moved to {{apt_date}}, {{start_time}}',
    heading: 'Your visit has moved',
    body: 'Hello {{patient_name}}, your visit for {{reason_name}} with {{provider_name}} has a new time.',
    sms: '{{practice_name}}: your visit has moved to {{apt_date}}, {{start_time}}. Details: {{manage_link}}',
  },
  cancelled: {
    subject: 'Your visit on {{apt_date}} is cancelled',
    heading: 'Your visit is cancelled',
    body: 'Hello {{patient_name}}, your visit for {{reason_name}} is cancelled. We are glad to find you another time.',
    sms: '{{practice_name}}: your visit on {{apt_date}}, {{start_time}} is cancelled.',
  },
  conflict: {
    subject: 'About your visit at {{practice_name}}: {{apt_date}}, {{start_time}}',
    heading: 'We have to check the time of your visit',
    body: 'Hello {{patient_name}}, your visit for {{reason_name}} meets another one in our calendar. We will call you to settle it. You can also choose another time yourself, or call {{practice_phone}}. We are sorry for the trouble.',
    sms: '{{practice_name}}: we have to check your visit on {{apt_date}}, {{start_time}} and will call you. Or choose another time: {{manage_link}}',
  },
  offered: {
    subject: 'An earlier time at {{practice_name}}: {{apt_date}}, {{start_time}}',
    heading: 'An earlier time is free',
    body: 'Hello {{patient_name}}, a time for {{reason_name}} with {{provider_name}} has become free, and we keep it for you until {{answer_by}}. If you do not want it, say so, and the next patient gets it.',
    action: 'Take or decline this time',
    sms: '{{practice_name}}: an earlier time is free, {{apt_date}}, {{start_time}}. We keep it for you until {{answer_by}}. Answer: {{manage_link}}',
  },
  practice_notification: {
    subject: '{{event_words}}: {{apt_date}}, {{start_time}}, {{provider_name}}',
    heading: '{{event_words}}',
    body: '{{reason_name}} with {{provider_name}}, {{patient_type}} patient. The details are in your appointment list.',
    sms: '',
  },
  practice_conflict: {
    subject: 'Please call: two visits at one time, {{apt_date}}, {{start_time}}, {{provider_name}}',
    heading: 'Two visits at one time',
    body: '{{reason_name}} with {{provider_name}}, {{patient_type}} patient, stands where the practice system has something else. The patient was told that you will call. Decide in your list of conflicts.',
    sms: '',
  },
} as const satisfies Record<string, Template>;

export type TemplateKey = keyof typeof TEMPLATES;

export function templateOf(key: TemplateKey): Template {
  return TEMPLATES[key];
}

/** Everything a template may name. */
export interface Facts {
  patient_name: string;
  patient_type: string;
  apt_date: string;
  start_time: string;
  practice_name: string;
  practice_phone: string;
  provider_name: string;
  reason_name: string;
  location_name: string;
  location_address: string;
  manage_link: string;
  event_words: string;
  /** Until when an offered time is kept. */
  answer_by: string;
}
