import type { Answer, Host } from '../host';
import type { Ask, KernelMessage, PageMessage, RunState, Snapshot, Update } from '../protocol';
import { Requests } from './requests';
import { applyAll } from './state';

export const NO_ANSWER = 'The kernel does not answer.';

const HELLO_MS = 1_000; // between two hellos
const PATIENCE = 5; // hellos without a snapshot, before the person is told
const SLOW_HELLO_MS = 10_000; // from then on

/** The way to the kernel and back; `send` may fail silently, a hello is repeated anyway. */
export interface Channel {
  /** The run as of the widget's making, for kernels that read no messages while a cell runs. */
  first: () => Snapshot | null;
  send: (message: PageMessage) => void;
  /** Calls back with each message, and without one when the way itself changed (a comm that opened or closed). */
  listen: (heard: (message: KernelMessage | null, buffers: readonly DataView[]) => void) => () => void;
}

/** `opening`: no snapshot yet. `open`: it hears us. `deaf`: it speaks, but has not heard us for some time. `silent`: neither. */
export type Link = 'opening' | 'open' | 'deaf' | 'silent';

/** What a view draws. A new object whenever something changed. */
export interface Shown {
  run: RunState | null;
  link: Link;
  host: Host;
}

/** One run as this page knows it, kept up to date by the kernel's messages. */
export class Store {
  shown: Shown;
  private readonly requests: Requests;
  private readonly watchers = new Set<() => void>();
  private readonly unlisten: () => void;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private hellos = 0;
  private seq = -1;
  /** Whether the next update would join what is shown. */
  private joins = false;
  /** Whether an update came since the last hello. */
  private speaks = false;

  constructor(
    readonly page: string,
    private readonly channel: Channel,
  ) {
    this.requests = new Requests(
      page,
      (message) => channel.send(message),
      () => this.greetAnew(), // a kernel that was started anew knows nothing of the run
    );
    this.shown = { run: null, link: 'opening', host: this.host(false) };
    this.unlisten = channel.listen((message, buffers) => this.hear(message, buffers));
    const first = channel.first();
    if (first !== null) this.take(first, 'opening');
    this.hello();
  }

  /** Calls back after each change, until the returned function is called. */
  watch(changed: () => void): () => void {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.unlisten();
    this.requests.abandon('The view was closed.');
    this.watchers.clear();
  }

  private host(live: boolean): Host {
    const refuse = (): Promise<Answer> => Promise.reject(new Error(NO_ANSWER));
    return { live, ask: live ? (ask: Ask) => this.requests.ask(ask) : refuse };
  }

  private hear(message: KernelMessage | null, buffers: readonly DataView[]): void {
    if (message === null) this.join();
    else if (message.kind === 'snapshot') this.start(message);
    else if (message.kind === 'update') this.update(message);
    else if (message.kind === 'reply') this.requests.settle(message, buffers);
  }

  private start(snapshot: Snapshot): void {
    if (snapshot.to === '' && !this.joins) this.take(snapshot, this.shown.link);
    if (snapshot.to !== this.page) return;
    clearTimeout(this.timer);
    this.take(snapshot, 'open');
  }

  private take(snapshot: Snapshot, link: Link): void {
    const isKnown = this.joins && snapshot.seq <= this.seq; // the answer to a repeated hello
    this.seq = isKnown ? this.seq : snapshot.seq;
    this.joins = true;
    this.show(link, isKnown ? this.shown.run : snapshot.run);
  }

  private update(update: Update): void {
    this.speaks = true;
    if (!this.joins || this.shown.run === null || update.seq <= this.seq) return;
    const run = update.seq === this.seq + 1 ? applyAll(this.shown.run, update.changes) : null;
    if (run === null) {
      this.join();
      return;
    }
    this.seq = update.seq;
    this.show(this.shown.link === 'silent' ? 'deaf' : this.shown.link, run);
  }

  /** Asks for a snapshot; updates are left alone until it comes. What is shown stays. */
  private join(): void {
    this.joins = false;
    this.show('opening', this.shown.run);
    this.greetAnew();
  }

  private greetAnew(): void {
    this.hellos = 0;
    this.hello();
  }

  private hello(): void {
    clearTimeout(this.timer);
    this.hellos += 1;
    const isPatient = this.hellos <= PATIENCE;
    const link = this.speaks ? 'deaf' : 'silent';
    if (!isPatient && this.shown.link !== link) this.show(link, this.shown.run);
    this.speaks = false;
    this.channel.send({ kind: 'hello', page: this.page });
    this.timer = setTimeout(() => this.hello(), isPatient ? HELLO_MS : SLOW_HELLO_MS);
  }

  private show(link: Link, run: RunState | null): void {
    // Joining again after a missed update takes no button away.
    const isHeard = link === 'open' || (link === 'opening' && this.shown.host.live);
    const live = isHeard && run?.live === true;
    const host = live === this.shown.host.live ? this.shown.host : this.host(live);
    this.shown = { run, link, host };
    for (const changed of [...this.watchers]) changed();
  }
}
