import type { PartialJSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { DisposableDelegate } from '@lumino/disposable';
import type { ISessionContextDialogs } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { NotebookActions } from '@jupyterlab/notebook';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INSERT_CELLS, RUN_CELL } from '../protocol';
import type { InsertCells, NewCell } from '../protocol';
import { placeBelow } from './place';

/** Puts cells below the output of this notebook that asks for it, until disposed. */
export function listenForCells(panel: NotebookPanel, dialogs: ISessionContextDialogs | null): IDisposable {
  const insert = (event: Event) => {
    if (insertBelow(panel, event).length > 0) event.preventDefault();
  };
  const run = (event: Event) => {
    const cells = insertBelow(panel, event);
    if (cells.length === 0) return;
    event.preventDefault();
    panel.content.deselectAll();
    panel.content.activeCellIndex = panel.content.widgets.indexOf(cells[cells.length - 1]);
    void NotebookActions.runCells(panel.content, cells, panel.sessionContext, dialogs ?? undefined);
  };
  const { node } = panel;
  node.addEventListener(INSERT_CELLS, insert);
  node.addEventListener(RUN_CELL, run);
  return new DisposableDelegate(() => {
    node.removeEventListener(INSERT_CELLS, insert);
    node.removeEventListener(RUN_CELL, run);
  });
}

/** The cells that were put in; none where the notebook can't be written, or the output's cell is gone. */
function insertBelow(panel: NotebookPanel, event: Event): Cell[] {
  const notebook = panel.content;
  const { cells } = (event as CustomEvent<InsertCells>).detail;
  const index = notebook.widgets.findIndex((cell) => cell.node.contains(event.target as Node));
  if (index < 0 || !notebook.model || notebook.model.readOnly || cells.length === 0) return [];
  const place = placeBelow(
    index,
    cells,
    Array.from(notebook.model.cells, (cell) => cell.metadata),
  );
  // One call: one step of undo.
  notebook.model.sharedModel.insertCells(place, cells.map(asShared));
  void notebook.scrollToItem(place, 'smart');
  return notebook.widgets.slice(place, place + cells.length);
}

const asShared = ({ metadata, ...cell }: NewCell) => ({ ...cell, metadata: metadata as PartialJSONObject });
