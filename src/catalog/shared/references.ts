import { Problem, type FieldError } from '../../kernel/index.js';

/** A thing that refers to another, as the answer `in_use` names it. */
export interface Referring {
  _id: string;
  name: string;
}

/** 409 with the reasons (and other things) that hold an item fast, and the way out in `detail`. */
export function inUse(
  detail: string,
  by: { reasons?: readonly Referring[]; providers?: readonly Referring[]; operatories?: readonly Referring[] },
): Problem {
  const extensions = Object.fromEntries(
    Object.entries(by).map(([what, items]) => [what, items.map(({ _id, name }) => ({ id: _id, name }))]),
  );
  return new Problem('in_use', detail, { extensions });
}

export function count(n: number, word: string, plural = `${word}s`): string {
  return `${n} ${n === 1 ? word : plural}`;
}

/** Throws 400 with a pointer to each id that is not there; a foreign id is not there either (law 2). */
export function refuseMissing(
  field: string,
  ids: readonly string[],
  known: { has(id: string): boolean },
  word: string,
) {
  refuse(
    ids.flatMap((id, index) =>
      known.has(id)
        ? []
        : [{ pointer: `/${field}/${index}`, code: 'not_found', detail: `No ${word} with this id exists here.` }],
    ),
  );
}

/** Throws 400 with these faults, when there are any. */
export function refuse(errors: FieldError[]): void {
  const first = errors[0];
  if (first) throw new Problem('invalid_request', `${first.pointer}: ${first.detail}`, { errors });
}
