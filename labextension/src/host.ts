import type { Ask } from './protocol';

/** What a kernel's answer holds: the value, and the buffer of a binary one. */
export interface Answer {
  value: unknown;
  buffer: DataView | null;
}

/** What the view can ask of the kernel; the saved notebook's host answers nothing. */
export interface Host {
  /** Whether the kernel answers. */
  readonly live: boolean;
  /** Resolves with the answer; rejects with an Error whose message is one line for the person. */
  ask(ask: Ask): Promise<Answer>;
}
