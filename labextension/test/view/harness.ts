/**
 * The view without a kernel, to look at: `page.html?sample=asking&theme=dark` next to this file's bundle.
 *
 * `npx esbuild test/view/harness.ts --bundle --jsx=automatic --jsx-import-source=preact --outfile=<folder>/harness.js`
 */
import type { KernelMessage, PageMessage, RunState } from '../../src/protocol';
import { showRun } from '../../src/view/live';
import { renderStatic } from '../../src/view/static';
import { Store, type Channel } from '../../src/view/store';
import { aRun, aStep } from './makers';
import { asking, everything, spoiled } from './samples';

const wanted = new URLSearchParams(location.search);
const samples: Record<string, RunState> = {
  everything,
  asking,
  nasty: spoiled(everything),
  nastyAsking: spoiled(asking),
};

type Hear = (message: KernelMessage | null, buffers: readonly DataView[]) => void;

/** A kernel that knows one run; what it is asked is kept in `window.asked`. */
class FakeKernel implements Channel {
  hear: Hear = () => {};
  readonly asked: PageMessage[] = [];
  seq = 0;
  page = '';

  constructor(readonly run: RunState) {}

  first = () => null;

  send = (message: PageMessage) => {
    this.asked.push(message);
    this.page = message.page;
    if (message.kind === 'hello') {
      this.later({ kind: 'snapshot', to: message.page, seq: this.seq, run: this.run });
      return;
    }
    void this.reply(message.id, message.name);
  };

  listen = (hear: Hear) => {
    this.hear = hear;
    return () => {
      this.hear = () => {};
    };
  };

  private async reply(id: number, name: string): Promise<void> {
    const to = this.page;
    if (name === 'asset') {
      const bytes = await (await fetch('plotly.min.js')).arrayBuffer();
      this.hear({ kind: 'reply', to, id, ok: true, value: null }, [new DataView(bytes)]);
      return;
    }
    const values: Record<string, unknown> = {
      promote: [
        { cell_type: 'markdown', source: '## Delays', metadata: {} },
        { cell_type: 'code', source: 'by_carrier = rasgo_nb.sql("""SELECT 1""")', metadata: {} },
      ],
      edit: { cell_type: 'code', source: '%%ask --from-step 3\nSELECT 1', metadata: {} },
      table:
        everything.steps[1].calls[0].body?.kind === 'tables'
          ? everything.steps[1].calls[0].body.tables[0]
          : null,
    };
    if (name in values) this.later({ kind: 'reply', to, id, ok: true, value: values[name] });
    else if (name === 'chart')
      this.later({ kind: 'reply', to, id, ok: false, error: '`first_day` holds dates.' });
    else this.later({ kind: 'reply', to, id, ok: true, value: null });
  }

  later(message: KernelMessage): void {
    setTimeout(() => this.hear(message, []), 5);
  }
}

/** 25 updates a second of a text that grows to 60 kB; frame times are kept in `window.frames_ms`. */
function stream(kernel: FakeKernel, store: Store): void {
  const frames: number[] = [];
  const sizes: number[] = [];
  let at = 0;
  let last = performance.now();
  const frame = (now: number) => {
    frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  const timer = setInterval(() => {
    const text = 'some words of the model and **marks** \n'.repeat(6);
    const before = performance.now();
    kernel.seq += 1;
    kernel.hear(
      { kind: 'update', seq: kernel.seq, changes: [{ op: 'text', number: 9, field: 'text', at, text }] },
      [],
    );
    at += text.length;
    setTimeout(() => sizes.push(performance.now() - before), 0);
    if (at > 60_000) clearInterval(timer);
  }, 40);
  Object.assign(window, { frames_ms: frames, updates_ms: sizes, shown: () => store.shown });
}

const el = document.getElementById('run') as HTMLElement;
const sample = wanted.get('sample') ?? 'everything';
if (wanted.has('static')) {
  renderStatic(el, samples[sample]);
} else {
  const run =
    sample === 'stream'
      ? aRun({ steps: [...everything.steps, aStep(9, { status: 'writing' })] })
      : samples[sample];
  const kernel = new FakeKernel(run);
  const store = new Store('widget:harness', kernel);
  showRun(el, store);
  Object.assign(window, { asked: kernel.asked, kernel, store });
  if (sample === 'stream') setTimeout(() => stream(kernel, store), 300);
}
