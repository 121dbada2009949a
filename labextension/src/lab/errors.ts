import type { NotebookPanel } from '@jupyterlab/notebook';
import { RenderedError } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { isWorthAsking, type CellError } from './askCells';

const ERROR = 'application/vnd.jupyter.error';
const STDERR = 'application/vnd.jupyter.stderr';
/** Before JupyterLab's own, which has none. */
const RANK = -10;

/** Gives the errors of one notebook a button; `ask` gets the error and the node of its output. */
export function addErrorButtons(
  panel: NotebookPanel,
  ask: (error: CellError, node: HTMLElement) => void,
): void {
  panel.content.rendermime.addFactory(
    {
      safe: true,
      mimeTypes: [ERROR],
      // The text to draw stands under the type of stderr, as for JupyterLab's own renderer of errors.
      createRenderer: (options) => new AskableError({ ...options, mimeType: STDERR }, ask),
    },
    RANK,
  );
}

/** An error as JupyterLab draws it, and a button below. */
class AskableError extends RenderedError {
  private readonly button = document.createElement('button');
  private error: CellError = { ename: '', evalue: '' };

  constructor(options: IRenderMime.IRendererOptions, ask: (error: CellError, node: HTMLElement) => void) {
    super(options);
    this.button.type = 'button';
    this.button.className = 'rasgo-lab-askerror';
    this.button.textContent = 'Ask about this error';
    this.button.addEventListener('click', () => ask(this.error, this.node));
  }

  override async render(model: IRenderMime.IMimeModel): Promise<void> {
    this.error = errorOf(model.data[ERROR]);
    await super.render(model);
    if (isWorthAsking(this.error.ename)) this.node.append(this.button);
    else this.button.remove();
  }
}

/** An output may be anyone's: what is not a text counts as none. */
export function errorOf(data: unknown): CellError {
  const { ename, evalue } = (typeof data === 'object' && data !== null ? data : {}) as Record<
    string,
    unknown
  >;
  return { ename: typeof ename === 'string' ? ename : '', evalue: typeof evalue === 'string' ? evalue : '' };
}
