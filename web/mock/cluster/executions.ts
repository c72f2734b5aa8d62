import type { Execution } from '../../src/conductor/types.ts';
import {
  approveContract,
  crawlSite,
  fulfilOrder,
  nightlyImport,
  publishImage,
  reconcileLedger,
  shipParcel,
  thumbnail,
} from './definitions.ts';
import { Run } from './run.ts';

/** Executions in every state that the console has to show. Times count back from `now` (epoch milliseconds). */
export function executions(now: number): Execution[] {
  const minutes = (n: number) => now - n * 60_000;
  return [
    encoding(now - 9_000),
    linear(minutes(2)),
    switched(minutes(6)),
    importing(minutes(9)),
    forkFailed(minutes(14)),
    nested(minutes(20)),
    crawled(minutes(30)),
    paused(minutes(33)),
    parcel(minutes(49)),
    shipped(minutes(50)),
    terminated(minutes(70)),
    crawledFar(minutes(95)),
    timedOut(minutes(180)),
    waitingForLegal(minutes(240)),
  ];
}

export function executionId(n: number): string {
  return `${String(n).padStart(8, '0')}-5b1d-4c8e-9f00-6f6d2a7e3c${String(n).padStart(2, '0')}`;
}

export function linear(start: number): Execution {
  return new Run(thumbnail, executionId(1), start, {
    correlationId: 'upload-81',
    input: { url: 'https://images.example.com/a.png', width: 320 },
  })
    .done('fetch_original', { ms: 420, output: { response: { statusCode: 200 } } })
    .done('resize', { ms: 1350, worker: 'resizer-7f9c', output: { bytes: 18_234 } })
    .done('store_thumbnail', { ms: 240, worker: 'store-1', output: { key: 'thumbs/a-320.jpg' } })
    .done('remember_location', { ms: 1 })
    .end('COMPLETED');
}

const formats = [
  'jpeg_1080',
  'jpeg_720',
  'webp_1080',
  'webp_720',
  'avif_1080',
  'avif_720',
  'gif_360',
  'png_thumb',
];
const encodeRefs = formats.map((format) => `encode_${format}`);

function encodeRun(id: number, start: number): Run {
  return new Run(publishImage, executionId(id), start, {
    correlationId: 'show-4711',
    input: { show: 'The Lighthouse', country: 'DE', image: 's3://art/lighthouse/key.png' },
  })
    .done('probe', { worker: 'probe-a', output: { width: 3840, height: 2160 } })
    .done('by_country', { ms: 1, output: { evaluationResult: ['DE'], selectedCase: 'DE' } })
    .done('plan_formats', { ms: 3, output: { result: formats } })
    .define(...encodeRefs.map((ref) => ({ name: 'encode_image', taskReferenceName: ref, type: 'SIMPLE' })))
    .done('encode_all', { ms: 0, input: { forkedTasks: encodeRefs } });
}

/** Takes the empty default case; the other cases stay untaken. One branch needed a second attempt. */
export function switched(start: number): Execution {
  const run = encodeRun(2, start);
  const branches = encodeRefs.map((ref, i) => () => {
    const work = {
      queued: 20 + 15 * i,
      ms: 700 + 210 * i,
      worker: `encoder-${i % 3}`,
      output: { bytes: 90_000 + i },
    };
    if (ref === 'encode_avif_720') run.failed(ref, 'encoder ran out of memory at tile 12 of 40', work);
    run.done(ref, work);
  });
  return run
    .parallel(...branches)
    .done('encoded', { ms: 1, input: { joinOn: encodeRefs } })
    .done('verify', { worker: 'cdn-check' })
    .done('announce', { ms: 5 })
    .end('COMPLETED');
}

/** Underway: some branches done, some at work, one waiting for its retry, one in the queue. */
export function encoding(start: number): Execution {
  const run = encodeRun(3, start);
  const branches = encodeRefs.map((ref, i) => () => {
    const work = { queued: 30, ms: 900 + 300 * i, worker: `encoder-${i % 3}` };
    if (i < 4) run.done(ref, work);
    else if (i < 6) run.record(ref, 'IN_PROGRESS', work);
    else if (i === 6) {
      run
        .failed(ref, 'connect to encoder-2: connection refused', work)
        .record(ref, 'SCHEDULED', { more: { callbackAfterSeconds: 60 } });
    } else run.record(ref, 'SCHEDULED');
  });
  return run
    .parallel(...branches, () => run.record('encoded', 'IN_PROGRESS', { input: { joinOn: encodeRefs } }))
    .end('RUNNING');
}

/** One branch retried and done, one failed for good, so the rest was cancelled. */
export function forkFailed(start: number): Execution {
  const run = new Run(fulfilOrder, executionId(4), start, {
    correlationId: 'order-1187',
    input: { orderId: '1187', priority: 'express', items: [{ sku: 'LMP-22', count: 2 }] },
  });
  const reason =
    'warehouse API answered 409: 2 of LMP-22 ordered, 1 left; the reservation of the other was rolled back';
  return run
    .done('load_order', { ms: 310 })
    .done('prepare', {
      ms: 0,
      input: { forkedTasks: ['authorize_card', 'reserve_stock', 'notify_customer'] },
    })
    .parallel(
      () => {
        run
          .failed('authorize_card', 'card network timed out after 5 s', { ms: 5000, worker: 'pay-2' })
          .failed('authorize_card', 'card network timed out after 5 s', {
            queued: 2000,
            ms: 5000,
            worker: 'pay-1',
          })
          .done('authorize_card', {
            queued: 4000,
            ms: 800,
            worker: 'pay-2',
            output: { authorization: 'A-99' },
          })
          .record('capture_payment', 'CANCELED', { queued: 40, ms: 20, worker: 'pay-1' });
      },
      () => run.failed('reserve_stock', reason, { queued: 900, ms: 16_000, worker: 'stock-0' }),
      () => run.record('notify_customer', 'COMPLETED_WITH_ERRORS', { reason: 'no e-mail address', ms: 40 }),
      () =>
        run.record('prepared', 'CANCELED', {
          ms: 17_000,
          input: { joinOn: ['capture_payment', 'in_stock'] },
        }),
    )
    .end('FAILED', `Task 00000004-task-0007 failed with status: FAILED and reason: '${reason}'`);
}

/** Waits for its sub-workflow. */
export function shipped(start: number): Execution {
  const run = new Run(fulfilOrder, executionId(5), start, {
    correlationId: 'order-1186',
    input: { orderId: '1186' },
  });
  return run
    .done('load_order', { ms: 290 })
    .done('prepare', { ms: 0 })
    .parallel(
      () => run.done('authorize_card', { ms: 900 }).done('capture_payment', { ms: 400 }),
      () =>
        run
          .done('reserve_stock', { ms: 800 })
          .done('in_stock', { ms: 1, output: { evaluationResult: ['yes'], selectedCase: 'yes' } })
          .done('pick', { ms: 42_000, worker: 'robot-14' }),
      () => run.done('notify_customer', { ms: 120 }),
    )
    .done('prepared', { ms: 1, input: { joinOn: ['capture_payment', 'in_stock'] } })
    .record('ship', 'IN_PROGRESS', { more: { subWorkflowId: executionId(6) } })
    .end('RUNNING');
}

/** The sub-workflow of `shipped`: the second time around the loop, in a timed wait. */
export function parcel(start: number): Execution {
  const parent = { parentWorkflowId: executionId(5), parentWorkflowTaskId: '00000005-task-0010' };
  return new Run(shipParcel, executionId(6), start, {
    ...parent,
    correlationId: 'order-1186',
    input: { orderId: '1186', address: { city: 'Bremen' } },
  })
    .done('choose_carrier', { ms: 600, worker: 'carrier-1', output: { carrier: 'Fastline' } })
    .record('until_accepted', 'IN_PROGRESS', { output: { iteration: 2 }, more: { iteration: 2 } })
    .done('hand_over', { ms: 1200, iterations: [1], output: { accepted: false } })
    .done('pause', { ms: 600_000, iterations: [1], input: { duration: '10 minutes' } })
    .done('hand_over', { ms: 1100, iterations: [2], output: { accepted: false } })
    .record('pause', 'IN_PROGRESS', {
      iterations: [2],
      input: { duration: '10 minutes' },
      more: { callbackAfterSeconds: 3600 },
    })
    .end('RUNNING');
}

/** A dynamic fork of 1,000 with a few failures among much that is done, at work or still to come. */
export function importing(start: number): Execution {
  const refs = Array.from({ length: 1000 }, (_, i) => `import_${String(i).padStart(4, '0')}`);
  const run = new Run(nightlyImport, executionId(7), start, { correlationId: 'night-2026-11-20' })
    .done('list_files', { ms: 2100, worker: 'lister-0' })
    .define(
      ...refs.map((ref) => ({
        name: 'import_file',
        taskReferenceName: ref,
        type: 'SIMPLE',
        permissive: true,
      })),
    )
    .done('import_each', { ms: 0, input: { forkedTasks: refs } });
  const branches = refs.map((ref, i) => () => {
    const work = { queued: i * 190, ms: 1500 + ((i * 7919) % 4000), worker: `importer-${i % 8}` };
    if (i % 241 === 97) run.failed(ref, `row ${i * 3}: column "price" is not a number`, work);
    else if (i % 83 === 11) run.failed(ref, 'lease lost', work).done(ref, work);
    else if (i < 880) run.done(ref, work);
    else if (i < 888) run.record(ref, 'IN_PROGRESS', work);
    else run.record(ref, 'SCHEDULED');
  });
  return run
    .parallel(...branches, () => run.record('imported', 'IN_PROGRESS', { input: { joinOn: refs } }))
    .end('RUNNING');
}

/** Three iterations, each by another way through the switch. */
export function crawled(start: number): Execution {
  const run = new Run(crawlSite, executionId(8), start, { input: { site: 'https://example.com' } });
  run.record('each_page', 'COMPLETED', { ms: 0, output: { iteration: 3 }, more: { iteration: 3 } });
  page(run, 1, 'html');
  page(run, 2, 'image');
  page(run, 3, 'pdf');
  return run.done('publish_index', { worker: 'index-1' }).end('COMPLETED');
}

function page(run: Run, n: number, kind: string) {
  const iterations = [n];
  run
    .done('fetch_page', { iterations, ms: 300, output: { type: kind } })
    .done('kind', { iterations, ms: 1, output: { evaluationResult: [kind], selectedCase: kind } });
  if (kind === 'html') run.done('extract_text', { iterations, ms: 90, worker: 'text-0' });
  if (kind === 'image') run.done('describe_image', { iterations, ms: 2400, worker: 'vision-0' });
  run.done('index_page', { iterations, ms: 60, worker: 'index-1' });
}

/** Forty iterations, the last of which failed. */
export function crawledFar(start: number): Execution {
  const run = new Run(crawlSite, executionId(9), start, { input: { site: 'https://docs.example.com' } });
  run.record('each_page', 'FAILED', { ms: 0, output: { iteration: 40 }, more: { iteration: 40 } });
  for (let n = 1; n < 40; n++) page(run, n, n % 3 ? 'html' : 'image');
  const iterations = [40];
  const reason = 'text extractor: unexpected end of archive';
  return run
    .done('fetch_page', { iterations, ms: 300 })
    .done('kind', { iterations, ms: 1, output: { evaluationResult: ['html'], selectedCase: 'html' } })
    .failed('extract_text', reason, { iterations, ms: 90, worker: 'text-0' })
    .end('FAILED', `Task 00000009-task-0159 failed with status: FAILED and reason: '${reason}'`);
}

export function waitingForLegal(start: number): Execution {
  return new Run(approveContract, executionId(10), start, {
    correlationId: 'contract-77',
    input: { customer: 'Hafen GmbH', amount: 48_000 },
  })
    .done('draft', { ms: 3000, worker: 'writer-0', output: { document: 'c-77.pdf' } })
    .record('legal_review', 'IN_PROGRESS', { input: { assignee: 'legal@example.com', document: 'c-77.pdf' } })
    .end('RUNNING');
}

export function paused(start: number): Execution {
  return new Run(thumbnail, executionId(11), start, { correlationId: 'upload-80' })
    .done('fetch_original', { ms: 500 })
    .record('resize', 'SCHEDULED')
    .end('PAUSED');
}

export function terminated(start: number): Execution {
  return new Run(approveContract, executionId(12), start, { correlationId: 'contract-70' })
    .done('draft', { ms: 3000, worker: 'writer-0' })
    .record('legal_review', 'CANCELED', { ms: 1_200_000 })
    .end('TERMINATED', 'customer withdrew');
}

export function timedOut(start: number): Execution {
  return new Run(publishImage, executionId(13), start, {
    correlationId: 'show-4698',
    input: { country: 'KR' },
  })
    .done('probe', { worker: 'probe-a' })
    .done('by_country', { ms: 1, output: { evaluationResult: ['KR'], selectedCase: 'KR' } })
    .done('formats_kr', { worker: 'meta-1' })
    .record('license_kr', 'TIMED_OUT', { ms: 600_000, worker: 'meta-1', reason: 'no answer within 600 s' })
    .end('TIMED_OUT', 'Task 00000013-task-0004 timed out: no answer within 600 s');
}

/** Loops in a loop, beside a fork in a switch. */
export function nested(start: number): Execution {
  const run = new Run(reconcileLedger, executionId(14), start, {});
  return run
    .done('group_entries', { ms: 4 })
    .done('by_side', { ms: 0 })
    .parallel(
      () => {
        run.record('each_debit', 'IN_PROGRESS', { output: { iteration: 2 }, more: { iteration: 2 } });
        run.done('each_line', { iterations: [1], ms: 0, output: { iteration: 2 }, more: { iteration: 2 } });
        run.done('match_line', { iterations: [1, 1] }).done('match_line', { iterations: [1, 2] });
        run.done('matched', {
          iterations: [1],
          ms: 1,
          output: { evaluationResult: ['false'], selectedCase: 'false' },
        });
        run.done('flag_debit', { iterations: [1] });
        run.record('each_line', 'IN_PROGRESS', {
          iterations: [2],
          output: { iteration: 1 },
          more: { iteration: 1 },
        });
        run.record('match_line', 'IN_PROGRESS', { iterations: [2, 1], worker: 'ledger-3' });
      },
      () => {
        run.done('credits', { ms: 1, output: { evaluationResult: ['batch'], selectedCase: 'batch' } });
        run.done('halves', { ms: 0 }).parallel(
          () => run.done('first_half', { ms: 800, worker: 'ledger-1' }),
          () => run.record('second_half', 'IN_PROGRESS', { worker: 'ledger-2' }),
          () => run.record('halved', 'IN_PROGRESS', { input: { joinOn: ['first_half', 'checksum'] } }),
        );
      },
      () => run.record('sides', 'IN_PROGRESS', { input: { joinOn: ['each_debit', 'credits'] } }),
    )
    .end('RUNNING');
}
