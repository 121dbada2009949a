import { useContext, useEffect, useRef } from 'preact/hooks';
import type { RowsState } from '../../protocol';
import { Grid } from '../../grid/grid';
import { GoalHere, useView, type Goal } from '../context';

/** A frame: the grid where the kernel can be asked for more, also after it has gone: what was fetched stays. */
export function Rows({ rows }: { rows: RowsState }) {
  const { host } = useView();
  const isGrid = useRef(false);
  isGrid.current ||= host.live && rows.id !== '';
  const goal = useContext(GoalHere);
  return isGrid.current ? (
    <Grid rows={rows} host={host} goal={goal} />
  ) : (
    <PlainRows rows={rows} goal={goal} />
  );
}

/** The first rows, as they are saved. */
export function PlainRows({ rows, goal = null }: { rows: RowsState; goal?: Goal | null }) {
  const target = useRef<HTMLTableCellElement>(null);
  useEffect(() => target.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' }), [goal]);
  const label = rows.name ? `Rows of ${rows.name}` : 'Rows';
  return (
    <figure class="rasgo-rows">
      <div class="rasgo-scroll" tabIndex={0} role="region" aria-label={label}>
        <table class="rasgo-table">
          <thead>
            <tr>
              {rows.columns.map((column, i) => (
                <th
                  key={i}
                  scope="col"
                  class={column.numeric ? 'rasgo-right' : undefined}
                  title={column.type}
                >
                  {column.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.first.map((row, i) => (
              <tr key={i}>
                {row.map((cell, j) => {
                  const isTarget = goal?.row === i && goal.column === rows.columns[j]?.name;
                  const looks = rows.columns[j]?.numeric ? 'rasgo-right rasgo-figures' : '';
                  return (
                    <td
                      key={j}
                      ref={isTarget ? target : undefined}
                      class={isTarget ? `${looks} rasgo-target` : looks}
                      title={cell}
                    >
                      {cell}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <figcaption class="rasgo-quiet">
        {rows.name && <span class="rasgo-fact rasgo-name">{rows.name}</span>}
        <span class="rasgo-fact rasgo-figures">{count(rows)}</span>
        {rows.note && <span class="rasgo-fact">{rows.note}</span>}
      </figcaption>
    </figure>
  );
}

function count(rows: RowsState): string {
  const total = rows.total.toLocaleString('en-US');
  const unit = rows.total === 1 ? 'row' : 'rows';
  return rows.first.length < rows.total
    ? `first ${rows.first.length} of ${total} ${unit}`
    : `${total} ${unit}`;
}
