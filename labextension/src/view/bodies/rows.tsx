import { useRef } from 'preact/hooks';
import type { RowsState } from '../../protocol';
import { Grid } from '../../grid/grid';
import { useView } from '../context';

/** A frame: the grid where the kernel can be asked for more, also after it has gone: what was fetched stays. */
export function Rows({ rows }: { rows: RowsState }) {
  const { host } = useView();
  const isGrid = useRef(false);
  isGrid.current ||= host.live && rows.id !== '';
  return isGrid.current ? <Grid rows={rows} host={host} /> : <PlainRows rows={rows} />;
}

/** The first rows, as they are saved. */
export function PlainRows({ rows }: { rows: RowsState }) {
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
                {row.map((cell, j) => (
                  <td
                    key={j}
                    class={rows.columns[j]?.numeric ? 'rasgo-right rasgo-figures' : undefined}
                    title={cell}
                  >
                    {cell}
                  </td>
                ))}
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
