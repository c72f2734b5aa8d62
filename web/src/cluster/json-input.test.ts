import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLoose, parseObject, toLoose } from './json-input';

test('an object is read, nothing is the empty one', () => {
  expect(parseObject('{"a": [1]}')).toEqual({ value: { a: [1] } });
  expect(parseObject(' \n')).toEqual({ value: {} });
});

test('anything else says what is wrong and where', () => {
  expect(parseObject('{\n  "a": 1,\n  "b" 2\n}')).toEqual({
    error: 'This is not JSON: look at line 3, column 7.',
  });
  for (const text of ['[1]', '"a"', 'null', '3']) {
    expect(parseObject(text)).toEqual({ error: 'It must be a JSON object: {"name": value, …}.' });
  }
});

test.each([
  ['5', 5],
  ['"5"', '5'],
  ['true', true],
  ['null', null],
  ['[1, 2]', [1, 2]],
  ['hello world', 'hello world'],
  ['00123', '00123'],
  ['', ''],
])('%j typed into a field is %j', (text, value) => {
  expect(parseLoose(text)).toEqual(value);
});

test('every value stands in a field such that the same is read from it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (each) => {
      const value = JSON.parse(JSON.stringify(each));
      expect(parseLoose(toLoose(value))).toEqual(value);
    }),
  );
});
