import { Notification } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { PartialJSONObject } from '@lumino/coreutils';
import { placeBelow } from './place';
import { askAbout } from './askCells';
import type { CellError } from './askCells';
import type { Link } from './link';
import type { Promoted } from './linkMessages';

const LOAD = '%load_ext rasgo_nb';
const NOT_THERE = 'This kernel has no rasgo_nb. Run `%pip install rasgo_nb` in a cell, then ask again.';
const PROMOTE_MS = 10_000;

/** Tells the person one line. */
export function say(line: string): void {
  if (line) Notification.warning(line, { autoClose: 8_000 });
}

/** Puts a cell that asks below the active one, the cursor in it, and sees to it that the kernel can be asked. */
export async function askBelow(panel: NotebookPanel, link: Link): Promise<void> {
  await putBelow(panel, panel.content.activeCellIndex, '%%ask\n');
  say(await makeReady(link));
}

/** Puts a cell below that asks about the error in an output. */
export async function askAboutError(
  panel: NotebookPanel,
  link: Link,
  error: CellError,
  node: HTMLElement,
): Promise<void> {
  const index = panel.content.widgets.findIndex((cell) => cell.node.contains(node));
  if (index < 0) return;
  const source = panel.content.widgets[index].model.sharedModel.getSource();
  await putBelow(panel, index, askAbout(error, source));
  say(await makeReady(link));
}

/** Puts the steps of the last run below its cell, as cells that need no model. */
export async function promoteLastRun(panel: NotebookPanel, link: Link): Promise<void> {
  const { model } = panel.content;
  if (!model || model.readOnly) return;
  try {
    if (!(await link.open())) throw new Error('There is no run to promote. Ask a question with `%%ask`.');
    const { cells, cell } = (await link.request({ name: 'promote' }, PROMOTE_MS)) as Promoted;
    if (cells.length === 0) throw new Error('The last run has no step that could be a cell.');
    const asked = panel.content.widgets.findIndex((one) => one.model.id === cell);
    const index = asked < 0 ? panel.content.activeCellIndex : asked;
    const metadata = Array.from(model.cells, (one) => one.metadata);
    const place = placeBelow(index, cells, metadata);
    model.sharedModel.insertCells(
      place,
      cells.map((one) => ({ ...one, metadata: one.metadata as PartialJSONObject })),
    );
    await panel.content.scrollToItem(place, 'smart');
  } catch (error) {
    say((error as Error).message);
  }
}

async function putBelow(panel: NotebookPanel, index: number, source: string): Promise<void> {
  const notebook = panel.content;
  if (!notebook.model || notebook.model.readOnly) {
    say('This notebook can only be read.');
    return;
  }
  notebook.model.sharedModel.insertCell(index + 1, {
    cell_type: 'code',
    source,
    metadata: { trusted: true },
  });
  notebook.deselectAll();
  notebook.activeCellIndex = index + 1;
  await notebook.scrollToItem(index + 1, 'smart');
  const cell = notebook.activeCell;
  await cell?.ready;
  notebook.mode = 'edit';
  cell?.editor?.setCursorPosition(cell.editor.getPositionAt(source.length) ?? { line: 1, column: 0 });
  cell?.editor?.focus();
}

/** Loads rasgo_nb into the kernel where it is not; resolves to a line for the person, empty where all is well. */
async function makeReady(link: Link): Promise<string> {
  if (await link.open()) return '';
  const kernel = link.context.session?.kernel;
  if (!kernel) return 'This notebook has no kernel. Choose a Python one, then run the question.';
  const { language_info } = await kernel.info;
  if (language_info.name !== 'python') {
    return `Asking needs a Python kernel, and this one speaks ${language_info.name}. Choose another one.`;
  }
  const loading = kernel.requestExecute({
    code: LOAD,
    silent: true,
    store_history: false,
    allow_stdin: false,
  });
  const reply = await loading.done;
  if (reply.content.status !== 'ok') return NOT_THERE;
  await link.open();
  return '';
}
