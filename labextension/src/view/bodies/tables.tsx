import type { ColumnState, TableState } from '../../protocol';
import { More } from './body';
import { PlainRows } from './rows';

export function Tables({ tables, more }: { tables: TableState[]; more: string }) {
  return (
    <>
      {tables.map((table, i) => (
        <Table key={i} table={table} />
      ))}
      <More more={more} />
    </>
  );
}

export function Table({ table }: { table: TableState }) {
  return (
    <div class="rasgo-tabledetail">
      <p class="rasgo-tabledetail-head">
        <span class="rasgo-name">{table.name}</span>
        <span class="rasgo-fact rasgo-quiet">{table.kind}</span>
        {table.rows && <span class="rasgo-fact rasgo-quiet rasgo-figures">{table.rows}</span>}
      </p>
      {table.comment && <p>{table.comment}</p>}
      <div class="rasgo-scroll" tabIndex={0} role="region" aria-label={`Columns of ${table.name}`}>
        <table class="rasgo-table">
          <thead>
            <tr>
              <th scope="col">Column</th>
              <th scope="col">Type</th>
              <th scope="col">Key</th>
              <th scope="col">Comment</th>
            </tr>
          </thead>
          <tbody>
            {table.columns.map((column, i) => (
              <ColumnRow key={i} column={column} />
            ))}
          </tbody>
        </table>
      </div>
      <More more={table.more} />
      {table.sample && table.sample.first.length > 0 && (
        <>
          <p class="rasgo-quiet rasgo-caption">First rows</p>
          <PlainRows rows={table.sample} />
        </>
      )}
    </div>
  );
}

function ColumnRow({ column }: { column: ColumnState }) {
  return (
    <tr>
      <td class="rasgo-name">{column.name}</td>
      <td class="rasgo-mono rasgo-quiet">
        {column.type}
        {!column.nullable && <span title="never null"> not null</span>}
      </td>
      <td>{column.key}</td>
      <td class="rasgo-words">{column.comment}</td>
    </tr>
  );
}
