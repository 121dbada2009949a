import type { CellModel, ICellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { hasCode, isAskCell } from './askCells';

const PROSE = 'text/x-markdown';

/** Has the questions of a notebook drawn as prose instead of Python, as long as the panel lives. */
export function drawQuestionsAsProse(panel: NotebookPanel): void {
  const joined = new WeakSet<ICellModel>();
  const joinAll = () => {
    for (const cell of panel.content.model?.cells ?? []) {
      if (cell.type !== 'code' || joined.has(cell)) continue;
      joined.add(cell);
      join(cell, () => usualMime(panel));
    }
  };
  void panel.context.ready.then(() => {
    joinAll();
    panel.content.model?.cells.changed.connect(joinAll);
  });
}

/** The cell's type follows its text; its model's end ends it. */
function join(cell: ICellModel, usual: () => string): void {
  const follow = () => {
    const source = cell.sharedModel.getSource();
    const isProse = isAskCell(source) && !hasCode(source);
    if (isProse && cell.mimeType !== PROSE) cell.mimeType = PROSE;
    else if (!isProse && cell.mimeType === PROSE) cell.mimeType = usual();
  };
  cell.contentChanged.connect(follow);
  // A notebook sets it again when it learns the language of its kernel.
  (cell as CellModel).mimeTypeChanged.connect(follow);
  follow();
}

function usualMime(panel: NotebookPanel): string {
  return panel.content.codeMimetype;
}
