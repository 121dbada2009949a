import type { Answer } from '../host';
import type { Ask, PageMessage, Reply } from '../protocol';

const SECONDS = {
  stop: 5,
  approve: 10,
  refuse: 10,
  answer: 10,
  promote: 20,
  edit: 10,
  again: 10,
  memory_keep: 15,
  memory_drop: 15,
} as const;
const SECONDS_OF_WORK = 60; // sorts, exports, figures: done in the kernel before it replies

interface Open {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
  timer: ReturnType<typeof setTimeout>;
}

/** The requests of one page that have no reply yet. */
export class Requests {
  private readonly open = new Map<number, Open>();
  private last = 0;

  constructor(
    private readonly page: string,
    private readonly send: (message: PageMessage) => void,
    private readonly unanswered: () => void,
  ) {}

  /** Sends a request; rejects with one line for the person when the kernel says no, or says nothing. */
  ask(ask: Ask): Promise<Answer> {
    const id = ++this.last;
    const seconds = ask.name in SECONDS ? SECONDS[ask.name as keyof typeof SECONDS] : SECONDS_OF_WORK;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.open.delete(id);
        this.unanswered();
        reject(new Error(`The kernel did not answer within ${seconds} s.`));
      }, seconds * 1000);
      this.open.set(id, { resolve, reject, timer });
      this.send({ kind: 'request', page: this.page, id, ...ask });
    });
  }

  /** Takes in a reply; one to another page, or that comes too late, is left alone. */
  settle(reply: Reply, buffers: readonly DataView[]): void {
    const open = reply.to === this.page ? this.open.get(reply.id) : undefined;
    if (open === undefined) return;
    this.open.delete(reply.id);
    clearTimeout(open.timer);
    if (reply.ok) open.resolve({ value: reply.value, buffer: buffers[0] ?? null });
    else open.reject(new Error(reply.error));
  }

  /** Ends every request that is open, with this line. */
  abandon(line: string): void {
    for (const { reject, timer } of this.open.values()) {
      clearTimeout(timer);
      reject(new Error(line));
    }
    this.open.clear();
  }
}
