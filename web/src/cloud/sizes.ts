import type { Cloud } from './api/client';

type Size = Cloud['sizes'][number];

/** A size with what it has, such as "Small: 1 CPU, 1 GB memory". */
export function sizeInWords({ name, cpus, memoryMb, storageGb }: Size): string {
  if (cpus === 0) return name;
  const parts = [
    `${cpus} ${cpus <= 1 ? 'CPU' : 'CPUs'}`,
    `${Number((memoryMb / 1024).toFixed(1))} GB memory`,
  ];
  if (storageGb > 0) parts.push(`${storageGb} GB storage`);
  return `${name}: ${parts.join(', ')}`;
}
