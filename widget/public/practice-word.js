import { app, dayWords, el, send, shortDayWords, timeWords } from './page.js';

/** Waits between looks while the practice has not answered, in milliseconds. */
const LOOKS = [1_000, 1_500, 2_000, 3_000, 5_000, 8_000, 13_000, 20_000, 30_000];

const call = (phone) => phone && el('a', { class: 'tel', href: `tel:${phone.replace(/[^+\d]/g, '')}` }, phone);

/** Times to choose from, each with its day. */
function choices(alternatives, choose) {
  const buttons = alternatives.map((slot) =>
    el(
      'button',
      { click: () => choose(slot) },
      el('strong', {}, timeWords(slot.local)),
      el('div', { class: 'quiet' }, shortDayWords(slot.local.slice(0, 10))),
    ),
  );
  return el('div', { class: 'offers' }, ...buttons);
}

/**
 * What the practice's own system says of a visit, where its patient should know. `choose` moves the visit to a slot, `more`
 * shows all times.
 */
export function practiceWord({ sync, time, phone, canReschedule }, { choose, more }) {
  if (sync.state === 'pending') {
    return el(
      'p',
      { class: 'good', role: 'status' },
      'We are confirming this time with the practice. It is kept for you, and you do not have to wait here.',
    );
  }
  if (sync.state !== 'conflict') return null;
  const when = `${dayWords(time.local.slice(0, 10))}, ${timeWords(time.local)},`;
  const offered = canReschedule && sync.alternatives.length > 0;
  return el(
    'section',
    { class: 'note', role: 'alert' },
    el('p', {}, `We are sorry: ${when} was taken at the practice in the meantime.`),
    offered && el('h2', {}, 'Take one of these times instead'),
    offered && choices(sync.alternatives, choose),
    canReschedule && el('button', { class: offered ? 'link' : 'main', click: more }, 'See all free times'),
    phone && el('p', {}, canReschedule ? 'Or call the practice: ' : 'Please call the practice: ', call(phone)),
  );
}

/** Looks again while the practice has not answered, as long as the patient is on the same page; `shown` gets what has changed. */
export function follow(path, visit, shown) {
  const page = app.firstElementChild;
  const look = async (at) => {
    const now = await send('GET', path).catch(() => visit);
    if (app.firstElementChild !== page) return;
    if (now.sync.state !== visit.sync.state) shown(now);
    else wait(at + 1);
  };
  const wait = (at) => at < LOOKS.length && setTimeout(look, LOOKS[at], at);
  if (visit.sync.state === 'pending') wait(0);
}
