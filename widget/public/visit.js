import { app, el, failure, send, show, timetable, visitCard } from './page.js';
import { follow, practiceWord } from './practice-word.js';

const path = `/v1/widget/visits/${encodeURIComponent(location.hash.slice(1))}`;
const STATES = {
  requested: 'We have your request',
  booked: 'Your visit',
  confirmed: 'Your visit is confirmed',
  cancelled: 'This visit is cancelled',
  declined: 'The practice could not take this time',
  expired: 'This request has ended',
};
const TAKEN = 'Your visit needs another time';

async function guarded(work) {
  try {
    await work();
  } catch (error) {
    app.querySelector('.error')?.remove();
    app.append(failure(error));
  }
}

function shown(visit) {
  const act = (action, body) => () => guarded(async () => shown(await send('POST', `${path}/${action}`, { body })));
  const more = () => guarded(() => move(visit));
  const taken = visit.sync.state === 'conflict';
  const canConfirm = visit.status === 'booked' && !taken;
  show(
    el('header', {}, el('h1', {}, taken ? TAKEN : (STATES[visit.status] ?? 'Your visit'))),
    practiceWord(visit, { choose: (slot) => act('reschedule', { slotId: slot.id })(), more }),
    visitCard(visit, { withTime: !taken }),
    el(
      'div',
      { class: 'choices' },
      canConfirm && el('button', { class: 'main', click: act('confirm') }, 'I will come'),
      visit.canReschedule && !taken && el('button', { click: more }, 'Move to another time'),
      visit.canCancel && el('button', { click: act('cancel', { reason: 'patient_request' }) }, 'Cancel this visit'),
    ),
    !visit.canCancel &&
      canConfirm &&
      el('p', { class: 'quiet' }, 'To change this visit now, please call the practice.'),
  );
  follow(path, visit, shown);
}

async function move(visit) {
  const { days } = await send('GET', `${path}/slots?days=21`);
  const choose = (slot) =>
    guarded(async () => shown(await send('POST', `${path}/reschedule`, { body: { slotId: slot.id } })));
  show(
    el('header', {}, el('h1', {}, 'Choose another time')),
    el('button', { class: 'link', click: () => shown(visit) }, '← Keep my time'),
    timetable(days, choose) ?? el('p', {}, 'There is no free time.'),
  );
}

send('GET', path).then(shown, (error) => show(failure(error)));
