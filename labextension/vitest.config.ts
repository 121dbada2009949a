import { defineConfig } from 'vitest/config';

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    environment: 'happy-dom',
    include: ['{src,test}/**/*.test.{ts,tsx}'],
    testTimeout: 120_000, // no test judges how busy the machine is
  },
});
