import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';

export const WIDGET_VIEW = 'application/vnd.jupyter.widget-view+json';
const POLL_MS = 300;

/**
 * What draws widgets in one notebook, and word of its change.
 *
 * The widget manager registers a placeholder first, which waits for ever, and the real factory once the kernel is
 * there. The registry does not tell, so it is asked from time to time while anyone listens.
 */
export class WidgetFactory {
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setInterval> | undefined;
  private known: IRenderMime.IRendererFactory | undefined;

  constructor(private readonly rendermime: Pick<IRenderMimeRegistry, 'getFactory'>) {}

  get current(): IRenderMime.IRendererFactory | undefined {
    return this.rendermime.getFactory(WIDGET_VIEW);
  }

  /** Calls back after each change until the returned function is called. */
  watch(changed: () => void): () => void {
    this.listeners.add(changed);
    if (this.timer === undefined) {
      this.known = this.current;
      this.timer = setInterval(() => this.look(), POLL_MS);
    }
    return () => {
      this.listeners.delete(changed);
      if (this.listeners.size === 0) this.rest();
    };
  }

  private rest(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private look(): void {
    if (this.current === this.known) return;
    this.known = this.current;
    for (const changed of [...this.listeners]) changed();
  }
}
