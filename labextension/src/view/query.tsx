import type { CallState } from '../protocol';
import { Button } from './button';
import { copied } from './cells';
import { useWork } from './context';
import { Said } from './said';

/** What is known of a query beside its result: where it went, what it takes, its id, remarks, what the model did not see. */
export function QueryFacts({ call }: { call: CallState }) {
  const facts = [call.connection, call.estimate].filter(Boolean);
  return (
    <>
      {(facts.length > 0 || call.query_id) && (
        <p class="rasgo-quiet rasgo-query">
          {facts.map((fact, i) => (
            <span key={i} class="rasgo-fact rasgo-figures">
              {fact}
            </span>
          ))}
          {call.query_id && <QueryId id={call.query_id} />}
        </p>
      )}
      {call.remarks?.map((remark, i) => (
        <p key={i} class="rasgo-remark">
          {remark}
        </p>
      ))}
      {call.withheld && <p class="rasgo-quiet rasgo-withheld">{call.withheld}</p>}
    </>
  );
}

function QueryId({ id }: { id: string }) {
  const copy = useWork();
  return (
    <span class="rasgo-fact rasgo-query-id">
      query <code>{id}</code>{' '}
      <Button look="plain" title="Copy the query's id" onClick={() => copy.start(() => copied(id))}>
        Copy id
      </Button>
      <Said notice={copy.notice} />
    </span>
  );
}
