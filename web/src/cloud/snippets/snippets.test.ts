import { expect, test } from 'vitest';
import { environmentLines, fill, snippets } from './snippets';

const connection = { endpoint: 'http://127.0.0.1:7201/api', key: 'the-key', secret: 'the-secret' };

test.each(snippets)('the $title program is filled in completely', (snippet) => {
  const program = fill(snippet.files[0]?.template ?? '', connection);
  for (const value of Object.values(connection)) expect(program).toContain(value);
  for (const file of snippet.files) expect(fill(file.template, connection)).not.toMatch(/\{\{\w+\}\}/);
});

test.each(snippets)('the $title program registers, works and starts', (snippet) => {
  const program = snippet.files[0]?.template ?? '';
  expect(program).toContain('Register a workflow of one task.');
  expect(program).toContain('greet');
  expect(program).toMatch(/Start the workflow/);
});

test('the environment is what the SDKs read', () => {
  expect(environmentLines(connection)).toBe(
    "export CONDUCTOR_SERVER_URL='http://127.0.0.1:7201/api'\nexport CONDUCTOR_AUTH_KEY='the-key'\nexport CONDUCTOR_AUTH_SECRET='the-secret'",
  );
});
