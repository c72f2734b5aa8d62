import { useState } from 'react';
import { Button } from './button';

const shown = 400;

/** Text of a stranger's length: its beginning, and the rest when it is asked for. */
export function LongText({ children: text }: { children: string }) {
  const [whole, setWhole] = useState(false);
  if (text.length <= shown * 1.25) return text;
  return (
    <>
      {whole ? text : `${text.slice(0, shown)}…`}{' '}
      <Button size="small" kind="quiet" onClick={() => setWhole(!whole)}>
        {whole ? 'Show less' : 'Show all of it'}
      </Button>
    </>
  );
}
