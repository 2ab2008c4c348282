import { app, dayWords, el, failure, send, show, timeWords, visitCard } from './page.js';

const path = `/v1/widget/offers/${encodeURIComponent(location.hash.slice(1))}`;
const STATES = {
  accepted: ['This time is yours', 'The confirmation is on its way to you.'],
  declined: [
    'You did not want this time',
    'Thank you for telling us. We will ask you again when another time is free.',
  ],
  expired: ['This offer has ended', 'The time to answer is over. We will ask you again when another time is free.'],
  withdrawn: ['This offer was taken back', 'Call us if you still look for an earlier time.'],
};

const whenWords = ({ local }) => `${dayWords(local.slice(0, 10))}, ${timeWords(local)}`;

/** Answers, and shows what holds then: somebody else or the clock may have been faster. */
async function answer(action, done) {
  const buttons = [...app.querySelectorAll('button')];
  for (const button of buttons) button.disabled = true;
  try {
    done(await send('POST', `${path}/${action}`));
  } catch (error) {
    for (const button of buttons) button.disabled = false;
    await send('GET', path).then(shown, () => undefined);
    app.querySelector('.error')?.remove();
    app.append(failure(error));
  }
}

function booked({ appointment, manageUrl }) {
  show(
    el('header', {}, el('h1', {}, 'This time is yours')),
    visitCard(appointment),
    el('p', {}, 'The confirmation is on its way to you.'),
    el('div', { class: 'choices' }, el('a', { class: 'button', href: manageUrl }, 'See your visit')),
  );
}

function shown(offer) {
  if (offer.state !== 'open') return ended(offer);
  show(
    el('header', {}, el('h1', {}, offer.instead ? 'Would you like to come earlier?' : 'A time is free for you')),
    visitCard(offer),
    offer.instead && el('p', {}, `Your visit on ${whenWords(offer.instead)} moves to this time.`),
    el('p', { class: 'quiet' }, `We keep it for you until ${whenWords(offer.answerBy)}.`),
    el(
      'div',
      { class: 'choices' },
      el('button', { class: 'main', click: () => answer('accept', booked) }, 'Take this time'),
      el('button', { click: () => answer('decline', shown) }, 'No, thank you'),
    ),
  );
}

function ended({ state, phone }) {
  const [title, words] = STATES[state];
  show(
    el('header', {}, el('h1', {}, title)),
    el('p', {}, words),
    phone && el('p', { class: 'quiet' }, 'Questions? Call ', el('a', { href: `tel:${phone}` }, phone), '.'),
  );
}

send('GET', path).then(shown, (error) => show(failure(error)));
