import { useSearchParams } from 'react-router';

/** A piece of state that lives in the address, so that links, reloads and the back button keep it. */
export function useAddressState(name: string, initial = ''): [string, (value: string) => void] {
  const [params, setParams] = useSearchParams();
  const value = params.get(name) ?? initial;
  return [
    value,
    (next) =>
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          if (next === initial) after.delete(name);
          else after.set(name, next);
          return after;
        },
        { replace: true, preventScrollReset: true },
      ),
  ];
}
