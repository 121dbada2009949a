import type { INSERT_CELLS, InsertCells, NewCell } from '../protocol';
import { RUN_CELL } from '../protocol';
import type { Notice } from './context';

/** Hands cells to the labextension, or to the clipboard where none listens; says which. */
export async function deliver(
  root: HTMLElement,
  type: typeof INSERT_CELLS | typeof RUN_CELL,
  cells: NewCell[],
): Promise<Notice> {
  if (cells.length === 0) return { line: 'There is nothing here to put into a cell.', isError: false };
  const detail: InsertCells = { cells };
  const event = new CustomEvent(type, { bubbles: true, composed: true, cancelable: true, detail });
  const isHeard = !root.dispatchEvent(event);
  if (isHeard)
    return { line: type === RUN_CELL ? 'Runs in a cell below.' : inserted(cells.length), isError: false };
  const said = await copied(joined(cells));
  const then = type === RUN_CELL ? ' Paste it into a cell below and run it.' : ' Paste it into a cell below.';
  return said.isError ? said : { ...said, line: said.line + then };
}

/** Copies to the clipboard; where the browser refuses, the text itself is in the notice. */
export async function copied(text: string): Promise<Notice> {
  const isCopied = (await writeClipboard(text)) || copyBySelection(text);
  if (isCopied) return { line: 'Copied.', isError: false };
  return { line: 'The browser did not let us copy. Take it from here:', isError: true, text };
}

async function writeClipboard(text: string): Promise<boolean> {
  // Absent on pages that came over plain http.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard === undefined) return false;
  return clipboard.writeText(text).then(
    () => true,
    () => false,
  );
}

function copyBySelection(text: string): boolean {
  if (typeof document.execCommand !== 'function') return false;
  const field = document.createElement('textarea');
  field.value = text;
  field.style.position = 'fixed';
  field.style.opacity = '0';
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  return isCopied;
}

const inserted = (count: number): string =>
  count === 1 ? 'Put into a cell below.' : `Put into ${count} cells below.`;

/** One text of several cells: what is not code becomes comments. */
export function joined(cells: NewCell[]): string {
  return cells.map((cell) => (cell.cell_type === 'code' ? cell.source : commented(cell.source))).join('\n\n');
}

const commented = (text: string): string => text.replace(/^(?=.)/gm, '# ').replace(/^# #+ /gm, '# ');
