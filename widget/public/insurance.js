/** The insurance part of the form: a carrier, what the practice says to it, and what it asks. */
import { el } from './page.js';

const FIELDS = {
  groupNumber: 'Group number',
  subscriberId: 'Subscriber id',
  subscriberName: 'Name of the subscriber',
  plan: 'Plan',
};
const RESULTS = {
  accepted: 'The practice accepts this insurance.',
  other: null,
  out_of_network: 'The practice is out of network with this carrier.',
  not_accepted: 'The practice does not accept this carrier.',
};

function question({ id, label, type, choices, required }) {
  const name = `question-${id}`;
  const options = type === 'yes_no' ? ['yes', 'no'] : type === 'choice' ? choices : null;
  const input = options
    ? el('select', { name, required }, ...['', ...options].map((value) => el('option', { value }, value || '–')))
    : el('input', { name, required, maxlength: 500 });
  return el('label', {}, `${label}${required ? '' : ' (optional)'}`, input);
}

/**
 * `call` asks the widget API. Returns the part's element and `given(data)`, which reads the insurance of a booking from
 * the form's data.
 */
export function insurancePart(call) {
  let asked = null;
  const asks = el('div', { class: 'asks' });
  const list = el('datalist', { id: 'carriers' });
  const carrier = el('input', {
    name: 'carrier',
    maxlength: 120,
    list: 'carriers',
    autocomplete: 'off',
    change: check,
  });
  call('GET', 'carriers').then(
    ({ data }) => list.append(...data.map(({ name }) => el('option', { value: name }))),
    () => undefined, // Suggestions are a help, not a need.
  );

  async function check() {
    const carrierName = carrier.value.trim();
    asked = carrierName ? await call('POST', 'insurance-check', { carrierName }).catch(() => null) : null;
    const message = asked && (asked.message ?? RESULTS[asked.result]);
    asks.replaceChildren(
      ...[
        message && el('p', { class: asked.result === 'accepted' ? 'good' : 'note', role: 'status' }, message),
        ...(asked?.askedFields ?? []).map((name) => {
          const required = asked.requiredFields.includes(name);
          return el(
            'label',
            {},
            `${FIELDS[name]}${required ? '' : ' (optional)'}`,
            el('input', { name, required, maxlength: 60 }),
          );
        }),
        ...(asked?.questions ?? []).map(question),
      ].filter(Boolean),
    );
  }

  return {
    element: el('div', { class: 'part' }, el('label', {}, 'Insurance carrier (optional)', carrier), list, asks),
    given(data) {
      const text = (name) => data.get(name)?.trim() || undefined;
      const carrierName = text('carrier');
      if (!carrierName) return undefined;
      const answers = (asked?.questions ?? []).flatMap(({ id }) => {
        const value = text(`question-${id}`);
        return value ? [{ id, value }] : [];
      });
      const fields = Object.fromEntries((asked?.askedFields ?? []).map((name) => [name, text(name)]));
      return { carrierName, ...fields, ...(answers.length > 0 ? { answers } : {}) };
    },
  };
}
