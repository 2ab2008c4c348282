import { insurancePart } from './insurance.js';
import { app, dayWords, el, failure, send, show, timetable, timeWords, visitCard } from './page.js';
import { follow, practiceWord } from './practice-word.js';

const DAYS = 14;
const choice = { patientType: null, reason: null, providerId: null, hold: null };
let session;

const call = (method, path, body, headers) =>
  send(method, `/v1/widget/${path}`, { body, headers, token: session?.token });

const header = () =>
  el(
    'header',
    {},
    el('h1', {}, session.settings.title ?? `Book at ${session.brand.name ?? session.practice.name}`),
    el('p', { class: 'quiet' }, [session.brand.name, session.brand.displayAddress].filter(Boolean).join(' · ')),
  );

function step(title, back, ...content) {
  show(header(), back && el('button', { class: 'link', click: back }, '← Back'), el('h2', {}, title), ...content);
}

async function guarded(work) {
  try {
    await work();
  } catch (error) {
    app.querySelector('.error')?.remove();
    app.append(failure(error));
  }
}

function choosePatientType() {
  const pick = (patientType) => () => guarded(() => chooseReason(Object.assign(choice, { patientType })));
  step(
    'Have you been here before?',
    null,
    session.settings.welcomeText && el('p', {}, session.settings.welcomeText),
    el(
      'div',
      { class: 'choices' },
      el('button', { click: pick('new') }, 'I am a new patient'),
      el('button', { click: pick('returning') }, 'I have been here before'),
    ),
  );
}

async function chooseReason() {
  const { data } = await call('GET', `reasons?patientType=${choice.patientType}`);
  const wanted = new URLSearchParams(location.search).get('reason');
  const linked = data.find(({ slug }) => slug === wanted);
  if (linked && !choice.reason) return pickReason(linked);
  const buttons = data.map((reason) =>
    el(
      'button',
      { click: () => guarded(() => pickReason(reason)) },
      el('strong', {}, reason.name),
      reason.description && el('div', { class: 'quiet' }, reason.description),
    ),
  );
  step('What brings you in?', choosePatientType, el('div', { class: 'choices' }, ...buttons));
}

async function pickReason(reason) {
  Object.assign(choice, { reason, providerId: null });
  const { data } = await call('GET', `providers?reasonId=${reason.id}`);
  if (data.length === 0) return chooseTime();
  const pick = (providerId) => () => guarded(() => chooseTime(Object.assign(choice, { providerId })));
  const buttons = data.map(({ id, name, bio }) =>
    el('button', { click: pick(id) }, el('strong', {}, name), bio && el('div', { class: 'quiet' }, bio)),
  );
  step(
    'With whom?',
    () => guarded(chooseReason),
    el(
      'div',
      { class: 'choices' },
      el('button', { click: pick(null) }, el('strong', {}, 'Anyone, the earliest time')),
      ...buttons,
    ),
  );
}

async function chooseTime() {
  const provider = choice.providerId ? `&providerId=${choice.providerId}` : '';
  const { days, nextAvailable } = await call('GET', `slots?reasonId=${choice.reason.id}${provider}&days=${DAYS}`);
  const table = timetable(days, (slot) => guarded(() => hold(slot)));
  const words =
    nextAvailable &&
    `The next free time is ${dayWords(nextAvailable.local.slice(0, 10))}, ${timeWords(nextAvailable.local)}.`;
  const none =
    !table &&
    el(
      'p',
      {},
      words ?? `There is no free time. Please call ${session.brand.phone ?? 'the practice'}.`,
      nextAvailable && el('button', { class: 'main', click: () => guarded(() => hold(nextAvailable)) }, 'Take it'),
    );
  step('Choose a time', () => guarded(chooseReason), table, none);
}

async function hold(slot) {
  try {
    choice.hold = await call('POST', 'holds', { slotId: slot.id, patientType: choice.patientType });
  } catch (error) {
    if (error.problem?.code !== 'slot_taken') throw error;
    await chooseTime();
    app.append(failure(error));
    return;
  }
  details();
}

const field = (label, attributes) => el('label', {}, label, el('input', attributes));
const box = (label, attributes) =>
  el('label', { class: 'box' }, el('input', { type: 'checkbox', ...attributes }), el('span', {}, label));

function details() {
  const { time } = choice.hold;
  const { referrers, showInsurance } = session.settings;
  const insurance = showInsurance ? insurancePart(call) : null;
  const form = el(
    'form',
    { submit: (event) => (event.preventDefault(), guarded(() => book(event.target, event.submitter, insurance))) },
    el(
      'div',
      { class: 'pair' },
      field('First name', { name: 'firstName', required: true, maxlength: 80, autocomplete: 'given-name' }),
      field('Last name', { name: 'lastName', required: true, maxlength: 80, autocomplete: 'family-name' }),
    ),
    el(
      'div',
      { class: 'pair' },
      field('Date of birth', { name: 'dateOfBirth', type: 'date', required: true, autocomplete: 'bday' }),
      field('E-mail', { name: 'email', type: 'email', required: true, autocomplete: 'email' }),
    ),
    field('Mobile number (optional, e.g. +13125550142)', {
      name: 'phone',
      type: 'tel',
      pattern: '\\+[1-9][0-9]{6,14}',
      autocomplete: 'tel',
    }),
    insurance?.element,
    referrers.length > 0 &&
      el(
        'label',
        {},
        'How did you hear about us? (optional)',
        el(
          'select',
          { name: 'referrerId' },
          el('option', { value: '' }, '–'),
          ...referrers.map(({ id, label }) => el('option', { value: id }, label)),
        ),
      ),
    el('label', {}, 'Anything we should know? (optional)', el('textarea', { name: 'note', rows: 3, maxlength: 2000 })),
    box('The practice may use these data for my visit.', { name: 'treatment', required: true }),
    box('Text me about this visit.', { name: 'sms' }),
    el('button', { class: 'main' }, 'Book this time'),
  );
  step(
    `${dayWords(time.local.slice(0, 10))}, ${timeWords(time.local)}`,
    () => guarded(chooseTime),
    el('p', { class: 'quiet' }, 'We keep this time for you for some minutes.'),
    form,
  );
}

async function book(form, button, insurance) {
  const data = new FormData(form);
  const text = (name) => data.get(name)?.trim() || undefined;
  button.disabled = true;
  try {
    const body = {
      holdId: choice.hold.id,
      patientType: choice.patientType,
      patient: {
        firstName: text('firstName'),
        lastName: text('lastName'),
        dateOfBirth: text('dateOfBirth'),
        email: text('email'),
        phone: text('phone'),
      },
      insurance: insurance?.given(data),
      note: text('note'),
      referrerId: text('referrerId'),
      consent: { treatment: data.has('treatment'), sms: data.has('sms'), email: true },
    };
    done(await call('POST', 'bookings', body, { 'idempotency-key': choice.hold.id }));
  } finally {
    button.disabled = false;
  }
}

function done({ appointment, sync, manageUrl }) {
  const path = `/v1/widget/visits/${new URL(manageUrl).hash.slice(1)}`;
  const phone = session.brand.phone;
  const manage = (text) => el('p', {}, el('a', { href: manageUrl }, text));
  const booked = (visit) => {
    const choose = (slot) =>
      guarded(async () => booked(await send('POST', `${path}/reschedule`, { body: { slotId: slot.id } })));
    const word = practiceWord(visit, { choose, more: () => location.assign(manageUrl) });
    if (visit.sync.state === 'conflict') {
      step('This time was just taken', null, word, manage('See or cancel this visit'));
      return;
    }
    step(
      visit.status === 'requested' ? 'Your request is on its way' : 'Your visit is booked',
      null,
      word,
      visitCard(visit),
      el('p', {}, session.settings.successText ?? 'See you soon.'),
      manage('Confirm, move or cancel this visit'),
    );
    follow(path, visit, booked);
  };
  booked({ ...appointment, sync, phone });
}

async function start() {
  session = await send('POST', '/v1/widget/sessions', {
    body: { key: app.dataset.key, page: location.origin + location.pathname, referrer: document.referrer || undefined },
  });
  document.documentElement.style.setProperty('--primary', session.brand.primaryColor);
  document.documentElement.style.setProperty('--button', session.brand.buttonColor);
  choosePatientType();
}

start().catch((error) => show(failure(error)));
