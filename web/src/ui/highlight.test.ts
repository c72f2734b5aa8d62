import { expect, test } from 'vitest';
import { highlight, type Language } from './highlight';

const kinds = (code: string, language: Language) =>
  highlight(code, language)
    .filter(({ kind }) => kind !== 'plain')
    .map(({ kind, text }) => `${kind}:${text}`);

test('nothing of the code is lost', () => {
  const code = 'func main() { // "no"\n\tx := `raw ${1}` + "a\\"b" }\n';
  for (const language of ['go', 'javascript', 'python', 'java', 'csharp', 'bash', 'json', 'text'] as const) {
    expect(
      highlight(code, language)
        .map(({ text }) => text)
        .join(''),
    ).toBe(code);
  }
});

test('strings hide comments and keywords, comments hide strings', () => {
  expect(kinds('return "// if" // "x"', 'go')).toEqual([
    'keyword:return',
    'string:"// if"',
    'comment:// "x"',
  ]);
});

test('keys of JSON differ from its strings', () => {
  expect(kinds('{"a": "b", "c" : [1.5, true]}', 'json')).toEqual([
    'key:"a"',
    'string:"b"',
    'key:"c"',
    'number:1.5',
    'keyword:true',
  ]);
});

test('a version is no number', () => {
  expect(kinds('go get x@v1.5.4', 'bash')).toEqual([]);
});
