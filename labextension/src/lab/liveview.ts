import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { JSONObject } from '@lumino/coreutils';
import { JSONExt } from '@lumino/coreutils';
import { Panel } from '@lumino/widgets';
import { WIDGET_VIEW } from './factory';
import type { WidgetFactory } from './factory';

/** What a live view that has its run shows, and one that waits for it does not. */
const DRAWN = '.rasgo-header';

/**
 * The live view of a run, drawn unseen until it shows the run.
 *
 * The manager's renderer writes "Loading widget..." and "Error displaying widget" into its own node: this keeps it out
 * of sight, at full width so that grids and charts measure themselves right, until the view inside has drawn the run.
 */
export class LiveView extends Panel {
  private readonly observer = new MutationObserver(() => this.look());
  private readonly unwatch: () => void;
  private renderer: IRenderMime.IRenderer | null = null;
  private view: JSONObject = {};
  private isTrying = false;
  private isDrawn = false;

  /** `changed` is called when `isReady` changes. */
  constructor(
    private readonly factory: WidgetFactory,
    private readonly rendermime: IRenderMimeRegistry,
    private readonly changed: () => void,
  ) {
    super();
    this.addClass('rasgo-lab-live');
    this.observer.observe(this.node, { childList: true, subtree: true });
    this.unwatch = factory.watch(() => this.draw());
  }

  /** Whether there is a run to see in it. */
  get isReady(): boolean {
    return this.isDrawn;
  }

  /** Shows another view, or tries again where this one could not be drawn. */
  open(view: JSONObject): void {
    const isSame = JSONExt.deepEqual(view, this.view);
    this.view = view;
    if (!isSame || !(this.isTrying || this.hasWidget())) this.draw();
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.unwatch();
    this.observer.disconnect();
    super.dispose();
  }

  private draw(): void {
    this.renderer?.dispose();
    this.renderer = null;
    if (this.factory.current === undefined) return;
    const renderer = this.rendermime.createRenderer(WIDGET_VIEW);
    this.renderer = renderer;
    this.addWidget(renderer);
    // A copy: the manager empties the id of a view that was closed, which must not reach the notebook file.
    const data = { [WIDGET_VIEW]: { ...this.view } };
    this.isTrying = true;
    void renderer.renderModel(this.rendermime.createModel({ data, trusted: true })).then(() => {
      if (this.renderer === renderer) this.isTrying = false;
    });
    this.look();
  }

  private hasWidget(): boolean {
    return this.renderer !== null && !this.renderer.isDisposed && !this.renderer.children().next().done;
  }

  private look(): void {
    const isDrawn = this.hasWidget() && this.node.querySelector(DRAWN) !== null;
    if (isDrawn === this.isDrawn) return;
    this.isDrawn = isDrawn;
    this.changed();
  }
}
