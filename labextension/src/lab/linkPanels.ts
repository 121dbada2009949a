import type { Cell } from '@jupyterlab/cells';
import { NotebookActions } from '@jupyterlab/notebook';
import type { INotebookTracker, Notebook, NotebookPanel } from '@jupyterlab/notebook';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import { isAboutRasgo } from './askCells';
import { Link } from './link';

/** The link of each notebook panel, which lives as long as the panel. */
export class Links {
  private readonly links = new Map<NotebookPanel, Link>();
  private readonly anyChanged = new Signal<this, NotebookPanel>(this);

  constructor(private readonly notebooks: INotebookTracker) {
    notebooks.forEach((panel) => this.add(panel));
    notebooks.widgetAdded.connect((_, panel) => this.add(panel));
    NotebookActions.executed.connect((_, { notebook, cell }) => this.onExecuted(notebook, cell));
  }

  /** The link of a panel has changed. */
  get changed(): ISignal<this, NotebookPanel> {
    return this.anyChanged;
  }

  /** The link of a panel; undefined once the panel is disposed. */
  of(panel: NotebookPanel): Link | undefined {
    return this.links.get(panel);
  }

  private add(panel: NotebookPanel): void {
    if (this.links.has(panel)) return;
    const link = new Link(panel.sessionContext);
    this.links.set(panel, link);
    link.changed.connect(() => this.anyChanged.emit(panel));
    panel.disposed.connect(() => {
      this.links.delete(panel);
      link.dispose();
    });
    void this.openFirst(panel, link);
  }

  /** A kernel without rasgo_nb logs that it is asked for: only where the notebook is about it. */
  private async openFirst(panel: NotebookPanel, link: Link): Promise<void> {
    await Promise.all([panel.context.ready, panel.sessionContext.ready]);
    const cells = panel.content.model?.sharedModel.cells ?? [];
    if (!link.isDisposed && cells.some((cell) => isAboutRasgo(cell.getSource()))) await link.open();
  }

  private onExecuted(notebook: Notebook, cell: Cell): void {
    const panel = this.notebooks.find((one) => one.content === notebook);
    if (panel && isAboutRasgo(cell.model.sharedModel.getSource())) void this.of(panel)?.open();
  }
}
