import { expect, test } from 'vitest';
import { RUN_MIME } from './protocol';

test('the saved run has a type of its own', () => {
  expect(RUN_MIME).toBe('application/vnd.rasgo.run+json');
});
