import type { NewCell } from '../protocol';

/**
 * Where cells go that the output of the cell at `index` made: below it, and below what the same run put there
 * before, in the order of the steps. `metadata` is that of all cells of the notebook.
 */
export function placeBelow(
  index: number,
  cells: readonly NewCell[],
  metadata: readonly Record<string, unknown>[],
): number {
  const { run } = lineageOf(cells[0].metadata);
  const steps = cells.map((cell) => lineageOf(cell.metadata).step).filter((step) => step !== undefined);
  const first = Math.min(...steps); // Infinity where no cell is of a step
  let place = index + 1;
  while (run !== undefined && place < metadata.length) {
    const there = lineageOf(metadata[place]);
    if (there.run !== run || (there.step ?? 0) > first) break;
    place += 1;
  }
  return place;
}

interface Lineage {
  run?: string;
  step?: number;
}

/** A notebook is anyone's: what is not a lineage counts as none. */
function lineageOf(metadata: Record<string, unknown>): Lineage {
  const lineage = metadata['rasgo_nb'];
  if (typeof lineage !== 'object' || lineage === null) return {};
  const { run, step } = lineage as Record<string, unknown>;
  return {
    run: typeof run === 'string' ? run : undefined,
    step: typeof step === 'number' ? step : undefined,
  };
}
