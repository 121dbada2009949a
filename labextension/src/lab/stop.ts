import type { Link } from './link';

/** By then a kernel that hears messages while a cell runs has answered. */
const ANSWER_MS = 250;

/** Stops the run of this notebook; resolves to a line for the person, empty where all is well. */
export async function stopRun(link: Link): Promise<string> {
  const kernel = link.context.session?.kernel;
  if (!kernel) return 'There is no kernel, so no run is under way.';
  if (!link.state?.running) return 'No run is under way.';
  try {
    await link.request({ name: 'stop' }, ANSWER_MS);
  } catch {
    // An older kernel hears of it only when the cell has ended; it hears an interrupt at once.
    if (link.state?.running) await kernel.interrupt();
  }
  return '';
}
