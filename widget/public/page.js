/** What both pages share: elements, requests, times. Text is set as text, never as HTML. */

export const app = document.getElementById('app');

/** An element with attributes and children; a function as an attribute is a listener. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, '');
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children.filter(Boolean));
  return element;
}

export function show(...children) {
  app.replaceChildren(...children.filter(Boolean));
}

/** Sends JSON; a problem document becomes an error that carries it. */
export async function send(method, path, { body, token, headers = {} } = {}) {
  const answer = await fetch(path, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    body: body ? JSON.stringify(body) : undefined,
  });
  const data = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw Object.assign(new Error(data.detail), { problem: data });
  return data;
}

const DAY = { weekday: 'long', month: 'long', day: 'numeric', timeZone: 'UTC' };
const TIME = { hour: 'numeric', minute: '2-digit', timeZone: 'UTC' };

/** Wall times are shown as they are: the zone is the practice's, not the reader's. */
export const dayWords = (date) => new Intl.DateTimeFormat(undefined, DAY).format(new Date(`${date}T00:00Z`));
export const shortDayWords = (date) =>
  new Intl.DateTimeFormat(undefined, { ...DAY, weekday: 'short', month: 'short' }).format(new Date(`${date}T00:00Z`));
export const timeWords = (local) =>
  new Intl.DateTimeFormat(undefined, TIME).format(new Date(`${local}Z`)).replace(/\s/g, '\u00a0');

export function failure(error) {
  return el('p', { class: 'error', role: 'alert' }, error.message || 'Something went wrong. Try again.');
}

/** Days with buttons for their times; one button a start, whoever offers it first. */
export function timetable(days, choose) {
  const open = days.filter(({ slots }) => slots.length > 0);
  if (open.length === 0) return null;
  return el(
    'div',
    {},
    ...open.map(({ date, slots }) => {
      const starts = new Map();
      for (const slot of slots) if (!starts.has(slot.start)) starts.set(slot.start, slot);
      const buttons = [...starts.values()].map((slot) =>
        el('button', { click: () => choose(slot) }, timeWords(slot.local)),
      );
      return el('section', {}, el('h2', {}, dayWords(date)), el('div', { class: 'times' }, ...buttons));
    }),
  );
}

/** What a visit is, as a list; without its time where that does not hold any more. */
export function visitCard(visit, { withTime = true } = {}) {
  const rows = [
    ...(withTime ? [['When', `${dayWords(visit.time.local.slice(0, 10))}, ${timeWords(visit.time.local)}`]] : []),
    ['What', visit.reason],
    ['With', visit.provider],
    ['Where', `${visit.location}, ${visit.address}`],
  ];
  return el('dl', {}, ...rows.flatMap(([term, text]) => [el('dt', {}, term), el('dd', {}, text)]));
}
