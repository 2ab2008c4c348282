/** What stands in a visit's note: staff's words, and ours about whose visit it is. */
export interface Note {
  /** Without our lines. */
  readonly text: string;
  /** Our id of the appointment. */
  readonly reference?: string;
  /** We broke it as missed: the status alone does not tell. */
  readonly missed: boolean;
}

const MARK = 'OpenChair: ';
const MISSED = `${MARK}missed`;

/** Takes our lines out of a note. */
export function readNote(note: string): Note {
  const lines = note.split(/\r?\n/);
  const reference = lines
    .find((line) => line.startsWith(MARK) && line.trim() !== MISSED)
    ?.slice(MARK.length)
    .trim();
  return {
    text: lines
      .filter((line) => !line.startsWith(MARK))
      .join('\n')
      .trim(),
    missed: lines.some((line) => line.trim() === MISSED),
    ...(reference ? { reference } : {}),
  };
}

/** A note that bears our reference, on a line of its own below what is said. */
export function markedNote(reference: string, text = ''): string {
  return [text.trim(), `${MARK}${reference}`].filter((line) => line !== '').join('\n');
}

/** The line that says that a broken visit was missed. */
export const MISSED_LINE = MISSED;

/** Whether a note has this line already. */
export function hasLine(note: string, line: string): boolean {
  return note.split(/\r?\n/).some((other) => other.trim() === line.trim());
}
