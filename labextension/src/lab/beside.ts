import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Panel } from '@lumino/widgets';
import { BESIDE_MIME } from '../protocol';

/** A chart or frame that the run above shows too: drawn as usual, and hidden by style while that run is alive. */
export class Beside extends Panel implements IRenderMime.IRenderer {
  private renderer: IRenderMime.IRenderer | null = null;

  constructor(private readonly rendermime: IRenderMimeRegistry) {
    super();
    this.addClass('rasgo-lab-beside');
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const data = { ...model.data };
    delete data[BESIDE_MIME];
    const { trusted, metadata } = model;
    const plain = this.rendermime.createModel({ data, metadata, trusted });
    const mimeType = this.rendermime.preferredMimeType(data, trusted ? 'any' : 'ensure');
    this.renderer?.dispose();
    this.renderer = null;
    if (mimeType === undefined) return;
    this.renderer = this.rendermime.createRenderer(mimeType);
    this.addWidget(this.renderer);
    await this.renderer.renderModel(plain);
  }
}
