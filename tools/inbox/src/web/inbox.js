/** The inbox page: asks the API every two seconds and draws what changed. Messages are shown as text, never as markup. */
const POLL_MS = 2_000;
const state = { messages: [], selected: null, kind: '', search: '', form: 'html', drawn: '', viewed: '' };
const byId = (id) => document.getElementById(id);

/** An element with properties and children; text is always a text node. */
function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made && name !== 'list') made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

function timeOf(message, format) {
  const at = new Date(message.receivedAt);
  const recent = at.toDateString() === new Date().toDateString();
  const text = format ? format.format(at) : recent ? clock.format(at) : day.format(at);
  return element('time', { dateTime: at.toISOString() }, text);
}

function sizeOf(bytes) {
  return bytes < 1_000 ? `${bytes} B` : `${Math.round(bytes / 100) / 10} kB`;
}

function shown() {
  return state.messages.filter((message) => state.kind === '' || message.kind === state.kind);
}

function drawList() {
  const rows = shown().map((message) => {
    const who = message.to.join(', ');
    const button = element(
      'button',
      { type: 'button', className: message.kind },
      element(
        'span',
        { className: 'avatar', ariaHidden: 'true' },
        message.kind === 'sms' ? '#' : (who[0] ?? '?').toUpperCase(),
      ),
      element('span', { className: 'who' }, who),
      timeOf(message),
      element(
        'span',
        { className: 'subject' },
        message.kind === 'sms' ? 'Text message' : message.subject || '(no subject)',
      ),
      element('span', { className: 'snippet' }, message.text.replace(/\s+/g, ' ').slice(0, 120)),
    );
    button.setAttribute('aria-current', String(message.id === state.selected));
    button.addEventListener('click', () => select(message.id));
    return element('li', {}, button);
  });
  byId('list').replaceChildren(...rows);
  byId('count').textContent = rows.length === 1 ? '1 message' : `${rows.length} messages`;
}

function emptyView() {
  const nothing = state.messages.length === 0 && state.search === '';
  return element(
    'div',
    { className: 'empty' },
    element('strong', {}, nothing ? 'No messages yet' : 'Nothing selected'),
    nothing ? 'Book a visit: its confirmation shows up here within seconds.' : 'Choose a message on the left.',
  );
}

/** Text with its web addresses as links. */
function linked(text) {
  return text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((piece, index) =>
      index % 2 === 0 ? piece : element('a', { href: piece, target: '_blank', rel: 'noreferrer' }, piece),
    );
}

function smsView(message) {
  const thread = state.messages.filter((other) => other.kind === 'sms' && other.to[0] === message.to[0]).reverse();
  const bubbles = thread.flatMap((other) => [
    timeOf(other),
    element('div', { className: other.id === message.id ? 'bubble current' : 'bubble' }, ...linked(other.text)),
    ...(other.deliveries > 1 ? [element('time', {}, `came ${other.deliveries} times`)] : []),
  ]);
  return element(
    'section',
    { className: 'phone' },
    element('h2', {}, message.to[0]),
    element('div', { className: 'thread' }, ...bubbles),
  );
}

function emailView(message) {
  const from = message.from.name ? `${message.from.name} <${message.from.address}>` : message.from.address;
  const facts = { From: from, To: message.to.join(', '), 'Reply to': message.replyTo, 'Message-ID': message.messageId };
  const list = element('dl', {});
  for (const [name, value] of Object.entries(facts)) {
    if (value) list.append(element('dt', {}, name), element('dd', {}, value));
  }
  list.append(element('dt', {}, 'Received'), element('dd', {}, timeOf(message, whole)));
  const title = element('h2', {}, message.subject || '(no subject)');
  if (message.deliveries > 1)
    title.append(element('span', { className: 'badge' }, `delivered ${message.deliveries} times`));
  const path = `/api/messages/${message.id}`;
  const form = message.hasHtml ? state.form : 'text';
  const forms = message.hasHtml ? ['html', 'text'] : [];
  const parts = element(
    'div',
    { className: 'parts' },
    ...forms.map((name) => {
      const button = element('button', { type: 'button' }, name === 'html' ? 'HTML' : 'Text');
      button.setAttribute('aria-pressed', String(name === form));
      button.addEventListener('click', () => {
        state.form = name;
        drawView();
      });
      return button;
    }),
    ...message.attachments.map(({ filename, size }, index) =>
      element('a', { className: 'file', href: `${path}/attachments/${index}` }, `${filename} · ${sizeOf(size)}`),
    ),
    element('a', { href: `${path}/raw`, target: '_blank' }, 'Raw message'),
  );
  const body =
    form === 'html'
      ? element('iframe', {
          title: 'Message',
          sandbox: 'allow-popups allow-popups-to-escape-sandbox',
          src: `${path}/html`,
        })
      : element('pre', {}, ...linked(message.text));
  return element('section', { className: 'card' }, element('div', {}, title, list), parts, body);
}

/** Draws the selected message, and leaves it alone while nothing about it changed: an iframe would load anew. */
function drawView() {
  const message = state.messages.find((candidate) => candidate.id === state.selected);
  const thread = message?.kind === 'sms' ? state.messages.filter(({ to }) => to[0] === message.to[0]).length : 0;
  const viewed = JSON.stringify([message?.id, message?.deliveries, state.form, thread, state.messages.length === 0]);
  if (viewed === state.viewed) return;
  state.viewed = viewed;
  byId('view').replaceChildren(!message ? emptyView() : message.kind === 'sms' ? smsView(message) : emailView(message));
}

function select(id) {
  state.selected = id;
  location.hash = id;
  drawList();
  drawView();
}

async function refresh() {
  const answer = await fetch(`/api/messages?to=${encodeURIComponent(state.search)}`);
  const { data } = await answer.json();
  const drawn = JSON.stringify(data.map(({ id, deliveries }) => [id, deliveries]));
  if (drawn === state.drawn) return;
  state.drawn = drawn;
  state.messages = data;
  state.selected ??= data[0]?.id ?? null;
  drawList();
  drawView();
}

async function poll() {
  await refresh().catch(() => (byId('count').textContent = 'The inbox does not answer; trying again …'));
  setTimeout(poll, POLL_MS);
}

byId('search').addEventListener('input', (event) => {
  state.search = event.target.value;
  void refresh();
});
for (const tab of document.querySelectorAll('[data-kind]')) {
  tab.addEventListener('click', () => {
    state.kind = tab.dataset.kind;
    for (const other of document.querySelectorAll('[data-kind]')) {
      other.setAttribute('aria-pressed', String(other === tab));
    }
    drawList();
  });
}
byId('clear').addEventListener('click', async () => {
  if (!confirm('Delete every message of this inbox?')) return;
  await fetch('/api/messages', { method: 'DELETE' });
  state.selected = null;
  await refresh();
});
state.selected = location.hash.slice(1) || null;
drawView();
void poll();
