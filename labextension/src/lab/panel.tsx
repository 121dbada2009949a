import type { CodeCellModel } from '@jupyterlab/cells';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { render } from 'preact';
import { RUN_MIME } from '../protocol';
import type { Link } from './link';
import type { LinkAsk } from './linkMessages';
import type { Links } from './linkPanels';
import { askIcon } from './panelIcon';
import { isRun, listRuns } from './panelRuns';
import type { RunCell } from './panelRuns';
import { PanelView } from './panelView';

const ASK_MS = 60_000; // the first reading of a large catalog
const PAUSE_MS = 100; // outputs change many times a second while a run goes on

/** The runs, connections and model of the notebook in view. */
export class SidePanel extends Widget {
  private timer = 0;

  constructor(
    private readonly notebooks: INotebookTracker,
    private readonly links: Links,
    private readonly execute: (command: string) => void,
  ) {
    super();
    this.id = 'rasgo-nb-panel';
    this.addClass('rasgo-lab-panel');
    this.title.icon = askIcon;
    this.title.caption = 'Runs and connections';
    notebooks.currentChanged.connect(() => this.follow());
    links.changed.connect((_, panel) => {
      if (panel === notebooks.currentWidget) this.drawSoon();
    });
    this.follow();
  }

  override dispose(): void {
    window.clearTimeout(this.timer);
    render(null, this.node);
    super.dispose();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.drawSoon();
  }

  private follow(): void {
    const panel = this.notebooks.currentWidget;
    void panel?.context.ready.then(() => {
      if (panel.isDisposed) return;
      // Said of each change of a cell's text, outputs or place.
      panel.content.model?.contentChanged.disconnect(this.drawSoon);
      panel.content.model?.contentChanged.connect(this.drawSoon);
      this.drawSoon();
    });
    this.drawSoon();
  }

  private readonly drawSoon = (): void => {
    if (this.timer || this.isDisposed) return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      if (this.isVisible) this.draw();
    }, PAUSE_MS);
  };

  private draw(): void {
    const panel = this.notebooks.currentWidget;
    const state = (panel && this.links.of(panel)?.state) ?? null;
    render(
      <PanelView
        key={panel?.id}
        hasNotebook={panel !== null}
        state={state}
        runs={panel ? listRuns(cellsOf(panel), state) : []}
        show={(cell) => void (panel && showOutput(panel, cell))}
        execute={this.execute}
        ask={(ask) => request(panel && this.links.of(panel), ask)}
      />,
      this.node,
    );
  }
}

function request(link: Link | null | undefined, ask: LinkAsk): Promise<unknown> {
  if (!link) return Promise.reject(new Error('The kernel is not linked.'));
  return link.request(ask, ASK_MS);
}

function cellsOf(panel: NotebookPanel): RunCell[] {
  return Array.from(panel.content.model?.cells ?? [], (cell) => {
    const outputs = cell.type === 'code' ? (cell as CodeCellModel).outputs : null;
    const runs = [];
    for (let index = 0; index < (outputs?.length ?? 0); index += 1) {
      const data: unknown = outputs?.get(index).data[RUN_MIME];
      if (isRun(data)) runs.push(data);
    }
    return { id: cell.id, runs };
  });
}

async function showOutput(panel: NotebookPanel, index: number): Promise<void> {
  const notebook = panel.content;
  if (index < 0 || index >= notebook.widgets.length) return;
  notebook.deselectAll();
  notebook.activeCellIndex = index;
  notebook.mode = 'command';
  await notebook.scrollToItem(index, 'start');
  const cell = notebook.widgets[index];
  const output = cell.node.querySelector('.jp-Cell-outputWrapper') ?? cell.node;
  output.scrollIntoView({ block: 'start', behavior: 'auto' });
}
