import { useState } from 'preact/hooks';
import type { ColumnState, TableState } from '../../protocol';
import { Note } from '../note';
import { More } from './body';
import { Facts } from './facts';
import { PlainRows } from './rows';

export function Tables({ tables, more }: { tables: TableState[]; more: string }) {
  return (
    <div class="rasgo-tables">
      {tables.map((table, i) =>
        tables.length === 1 ? <NamedTable key={i} table={table} /> : <Folded key={i} table={table} />,
      )}
      <More more={more} />
    </div>
  );
}

function NamedTable({ table }: { table: TableState }) {
  return (
    <div>
      <p class="rasgo-tabledetail-head">
        <TableName table={table} />
      </p>
      {table.comment && <p>{table.comment}</p>}
      <Table table={table} />
    </div>
  );
}

/** One of several tables: what it holds is drawn when it is opened. */
function Folded({ table }: { table: TableState }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="rasgo-folded" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <TableName table={table} />
        {table.comment && <span class="rasgo-folded-comment">{table.comment}</span>}
      </summary>
      {isOpen && <Table table={table} />}
    </details>
  );
}

function TableName({ table }: { table: TableState }) {
  const width = `${table.columns.length} ${table.columns.length === 1 ? 'column' : 'columns'}`;
  return (
    <>
      <span class="rasgo-name">{table.name}</span>
      <span class="rasgo-fact rasgo-quiet">{table.kind}</span>
      {table.rows && <span class="rasgo-fact rasgo-quiet rasgo-figures">{table.rows}</span>}
      {!table.more && <span class="rasgo-fact rasgo-quiet rasgo-figures">{width}</span>}
    </>
  );
}

/** Columns and first rows; the name is said by what is above. */
export function Table({ table }: { table: TableState }) {
  return (
    <div class="rasgo-tabledetail">
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
      {table.layout && <p class="rasgo-quiet rasgo-caption">{table.layout}</p>}
      <Facts facts={table.facts ?? []} />
      <Note table={table} />
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
