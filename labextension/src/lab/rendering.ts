import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { JSONObject } from '@lumino/coreutils';
import { JSONExt } from '@lumino/coreutils';
import { Panel, Widget } from '@lumino/widgets';
import { RUN_MIME, BESIDE_MIME } from '../protocol';
import type { RunState } from '../protocol';
import { renderStatic } from '../view/static';
import { Beside } from './beside';
import { WIDGET_VIEW, WidgetFactory } from './factory';
import { LiveView } from './liveview';

/** Before the widget manager's own, at -10, so that its messages of missing widgets are never seen. */
const RANK = -20;

/** Draws runs in one notebook from now on. */
export function drawRuns(rendermime: IRenderMimeRegistry): void {
  const factory = new WidgetFactory(rendermime);
  const createRenderer = () => new RunRenderer(rendermime, factory);
  rendermime.addFactory({ safe: true, mimeTypes: [RUN_MIME], createRenderer }, RANK);
  const createBeside = () => new Beside(rendermime);
  rendermime.addFactory({ safe: true, mimeTypes: [BESIDE_MIME], createRenderer: createBeside }, RANK);
}

/** A run: at once as it was saved, and alive as soon as the kernel that worked it off is there. */
export class RunRenderer extends Panel implements IRenderMime.IRenderer {
  private readonly saved = new Widget();
  private live: LiveView | null = null;
  private twin: IRenderMime.IRenderer | null = null;
  private model: IRenderMime.IMimeModel | null = null;
  private erase: (() => void) | null = null;

  constructor(
    private readonly rendermime: IRenderMimeRegistry,
    private readonly factory: WidgetFactory,
  ) {
    super();
    this.addClass('rasgo-lab-run');
    this.addWidget(this.saved);
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.model = model;
    this.openLive(model);
    await this.draw();
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.eraseSaved();
    super.dispose();
  }

  /** In trusted outputs only: a widget's code can come from the notebook file. */
  private openLive(model: IRenderMime.IMimeModel): void {
    const view = model.trusted ? model.data[WIDGET_VIEW] : undefined;
    if (!JSONExt.isObject(view ?? null)) {
      this.live?.dispose();
      this.live = null;
      return;
    }
    if (this.live === null) {
      this.live = new LiveView(this.factory, this.rendermime, () => void this.draw());
      this.addWidget(this.live);
    }
    this.live.open(view as JSONObject);
  }

  private async draw(): Promise<void> {
    const isLive = this.live?.isReady === true;
    this.toggleClass('rasgo-lab-is-live', isLive);
    this.saved.setHidden(isLive);
    this.twin?.setHidden(isLive);
    if (isLive) this.eraseSaved();
    else if (!this.drawSaved()) await this.drawTwin();
  }

  /** False where this version cannot read the state: a notebook file may hold anything. */
  private drawSaved(): boolean {
    const state = this.model?.data[RUN_MIME] as RunState | undefined;
    if (state?.version !== 1) return false;
    try {
      this.erase = renderStatic(this.saved.node, state);
      return true;
    } catch (error) {
      console.warn('This run was not saved as rasgo_nb does; its text is shown instead.', error);
      return false;
    }
  }

  private eraseSaved(): void {
    this.erase?.();
    this.erase = null;
  }

  /** The HTML or text beside the state, sanitized. */
  private async drawTwin(): Promise<void> {
    if (this.model === null) return;
    const data = { ...this.model.data };
    const mimeType = ['text/html', 'text/plain'].find((type) => type in data);
    if (mimeType === undefined) return;
    this.twin?.dispose();
    this.twin = this.rendermime.createRenderer(mimeType);
    this.addWidget(this.twin);
    await this.twin.renderModel(this.rendermime.createModel({ data, trusted: false }));
  }
}
