import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import { LINK_TARGET } from './linkMessages';
import type { LabState, LinkAsk, LinkMessage, LinkReply } from './linkMessages';

/** How long a link waits for the kernel to make a subshell, which hears it while a cell runs. */
const SUBSHELL_MS = 1_000;

interface Pending {
  resolve: (value: unknown) => void;
  reject: (reason: Error) => void;
  timer: number;
}

/** The link of one notebook to the rasgo_nb in its kernel; it ends with the kernel and is opened anew. */
export class Link implements IDisposable {
  private readonly stateChanged = new Signal<this, void>(this);
  private comm: Kernel.IComm | null = null;
  private opening: Promise<boolean> | null = null;
  private readonly pending = new Map<number, Pending>();
  private ids = 0;
  private told: LabState | null = null;
  isDisposed = false;

  constructor(readonly context: ISessionContext) {
    context.kernelChanged.connect(this.forget);
    context.statusChanged.connect(this.onStatus);
  }

  /** The link was opened or closed, or the kernel told its state. */
  get changed(): ISignal<this, void> {
    return this.stateChanged;
  }

  /** How things stand in the kernel; null while the link is not open. */
  get state(): LabState | null {
    return this.told;
  }

  /** Opens the link where it is not open; false where the kernel has no rasgo_nb, or there is none. */
  open(): Promise<boolean> {
    if (this.told !== null) return Promise.resolve(true);
    this.opening ??= this.tryToOpen().finally(() => {
      this.opening = null;
    });
    return this.opening;
  }

  /** The value of the kernel's reply. Rejects with one line for the person. */
  request(ask: LinkAsk, timeoutMs: number): Promise<unknown> {
    const { comm } = this;
    if (comm === null || this.told === null) return Promise.reject(new Error('The kernel is not linked.'));
    const id = ++this.ids;
    return new Promise((resolve, reject) => {
      const timer = window.setTimeout(() => {
        this.pending.delete(id);
        reject(new Error('The kernel does not answer.'));
      }, timeoutMs);
      this.pending.set(id, { resolve, reject, timer });
      comm.send({ kind: 'request', id, ...ask });
    });
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    const { comm } = this;
    this.context.kernelChanged.disconnect(this.forget);
    this.context.statusChanged.disconnect(this.onStatus);
    this.forget();
    if (comm !== null && !comm.isDisposed) comm.close();
    Signal.clearData(this);
  }

  private async tryToOpen(): Promise<boolean> {
    const kernel = this.context.session?.kernel;
    if (!kernel || kernel.isDisposed || !kernel.handleComms) return false;
    const info = await kernel.info;
    if (info.language_info.name !== 'python' || kernel !== this.context.session?.kernel) return false;
    this.forget();
    const comm = (this.comm = kernel.createComm(LINK_TARGET));
    await hasSubshell(comm, kernel);
    if (this.comm !== comm || comm.isDisposed) return false;
    return new Promise((resolve) => {
      comm.onMsg = (message) => {
        if (this.comm === comm) this.hear(message.content.data as unknown as LinkMessage);
        resolve(true);
      };
      comm.onClose = () => {
        if (this.comm === comm) this.forget();
        resolve(false);
      };
      comm.open();
    });
  }

  private hear(message: LinkMessage): void {
    if (message.kind === 'reply') {
      this.settle(message);
      return;
    }
    this.told = message.state;
    this.stateChanged.emit();
  }

  private settle(reply: LinkReply): void {
    const pending = this.pending.get(reply.id);
    if (!pending) return;
    this.pending.delete(reply.id);
    window.clearTimeout(pending.timer);
    if (reply.ok) pending.resolve(reply.value);
    else pending.reject(new Error(reply.error));
  }

  private readonly onStatus = (_: ISessionContext, status: KernelMessage.Status): void => {
    if (status === 'restarting' || status === 'autorestarting' || status === 'dead') this.forget();
  };

  /** The kernel, or its end of the link, is gone. */
  private readonly forget = (): void => {
    const wasOpen = this.told !== null;
    this.comm = this.told = null;
    for (const { reject, timer } of this.pending.values()) {
      window.clearTimeout(timer);
      reject(new Error('The kernel has closed the link.'));
    }
    this.pending.clear();
    if (wasOpen) this.stateChanged.emit();
  };
}

/** Resolves once the comm has its subshell, where the kernel has such; at the latest after a moment. */
async function hasSubshell(comm: Kernel.IComm, kernel: Kernel.IKernelConnection): Promise<void> {
  const { subshellStarted } = comm as { subshellStarted?: Promise<void> };
  if (!kernel.supportsSubshells || !subshellStarted) return;
  const moment = new Promise<void>((resolve) => window.setTimeout(resolve, SUBSHELL_MS));
  await Promise.race([subshellStarted.catch(() => undefined), moment]);
}
