import { render, screen, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { useState } from 'react';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { fulfilOrder, shipParcel } from '../../mock/cluster/definitions';
import * as fixture from '../../mock/cluster/executions';
import type { Execution } from '../conductor/types';
import { KitProvider } from '../ui/provider';
import { ExecutionGraph, type ExecutionGraphProps } from './execution-graph';

const start = Date.now() - 60_000;

beforeEach(() => {
  // jsdom lays nothing out; lists that draw what is in view need to have a height.
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(400);
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(360);
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(900);
  vi.stubGlobal('matchMedia', () => ({ matches: true }));
});

function show(execution: Execution, more: Partial<ExecutionGraphProps> = {}) {
  const onSelect = vi.fn();
  function Host({ shown }: { shown: Execution }) {
    const [selected, setSelected] = useState<string | undefined>(more.selected);
    if (!shown.workflowDefinition) throw new Error('fixture without definition');
    return (
      <KitProvider>
        <ExecutionGraph
          definition={shown.workflowDefinition}
          execution={shown}
          {...more}
          selected={selected}
          onSelect={(reference) => {
            onSelect(reference);
            setSelected(reference);
          }}
        />
      </KitProvider>
    );
  }
  const page = render(<Host shown={execution} />);
  return {
    user: userEvent.setup(),
    onSelect,
    update: (next: Execution) => page.rerender(<Host shown={next} />),
    graph: () => within(screen.getByRole('group', { name: /^Graph of / })),
    view: () =>
      screen
        .getByRole('group', { name: /^Graph of / })
        .querySelector('g')
        ?.getAttribute('transform'),
  };
}

describe('nodes', () => {
  test('are buttons that tell name, kind and state', () => {
    const { graph } = show(fixture.forkFailed(start));
    graph().getByRole('button', { name: /^load_order, HTTP request.*, Completed · 310 ms$/ });
    graph().getByRole('button', { name: /^reserve_stock, Worker task, Failed · warehouse API answered 409/ });
    graph().getByRole('button', { name: /^authorize_card, .*, 3 attempts$/ });
    graph().getByRole('button', { name: /^capture_payment, .*Cancelled$/ });
    graph().getByRole('button', { name: /^backorder, .*Not reached$/ });
  });

  test('of the way not taken say so', () => {
    const { graph } = show(fixture.switched(start));
    graph().getByRole('button', { name: /^formats_kr, .*, Not taken$/ });
  });

  test('are selected by click and left by a second one', async () => {
    const { user, graph, onSelect } = show(fixture.linear(start));
    const node = graph().getByRole('button', { name: /^resize, / });
    await user.click(node);
    expect(onSelect).toHaveBeenLastCalledWith('resize');
    expect(node.getAttribute('aria-pressed')).toBe('true');
    await user.click(node);
    expect(onSelect).toHaveBeenLastCalledWith(undefined);
  });

  test('have one stop for the tab key, and arrow keys lead on along the edges', async () => {
    const { user, graph, onSelect } = show(fixture.shipped(start));
    const stops = graph()
      .getAllByRole('button')
      .filter((node) => node.getAttribute('tabindex') === '0');
    expect(stops).toHaveLength(1);
    graph()
      .getByRole('button', { name: /^prepare, / })
      .focus();
    await user.keyboard('{ArrowDown}');
    expect(document.activeElement?.getAttribute('aria-label')).toMatch(/^reserve_stock, /);
    await user.keyboard('{ArrowLeft}');
    expect(document.activeElement?.getAttribute('aria-label')).toMatch(/^authorize_card, /);
    await user.keyboard('{Enter}');
    expect(onSelect).toHaveBeenLastCalledWith('authorize_card');
  });
});

describe('updates', () => {
  test('change states but neither places nor the view', async () => {
    const before = fixture.encoding(start);
    const { graph, view, update } = show(before);
    const place = (name: RegExp) =>
      graph().getByRole('button', { name }).parentElement?.getAttribute('transform');
    const [seen, from] = [view(), place(/^encode_avif_1080, .*Running/)];
    const after = structuredClone(before);
    for (const task of after.tasks) {
      if (task.referenceTaskName === 'encode_avif_1080')
        Object.assign(task, { status: 'COMPLETED', endTime: Date.now() });
    }
    update(after);
    expect(place(/^encode_avif_1080, .*Completed/)).toBe(from);
    expect(view()).toBe(seen);
  });

  test('that bring branches keep the node under the eye where it was', () => {
    const after = fixture.encoding(start);
    const before = { ...after, tasks: after.tasks.slice(0, 3) };
    const { view, update, graph } = show(before, { selected: 'plan_formats' });
    const on = () => {
      const [, zoom, x, y] = /scale\((\S+)\) translate\((\S+) (\S+)\)/.exec(view() ?? '')?.map(Number) ?? [];
      const node = graph()
        .getByRole('button', { name: /^plan_formats, / })
        .parentElement?.getAttribute('transform');
      const [, nodeX, nodeY] = /translate\((\S+) (\S+)\)/.exec(node ?? '')?.map(Number) ?? [];
      return [((nodeX ?? 0) + (x ?? 0)) * (zoom ?? 0), ((nodeY ?? 0) + (y ?? 0)) * (zoom ?? 0)].map(
        Math.round,
      );
    };
    const seen = on();
    update(after);
    graph().getByRole('button', { name: /^encode_gif_360, / });
    expect(on()).toEqual(seen);
  });
});

describe('a fork of a thousand', () => {
  test('is one node whose list has the failed branches first', async () => {
    const { user, graph, onSelect } = show(fixture.importing(start));
    graph().getByRole('button', { name: /^import_each, .*4 failed, 8 running, 111 waiting, 877 completed$/ });
    await user.click(graph().getByRole('button', { name: 'List the 1,000 branches of import_each' }));
    const list = within(screen.getByRole('region', { name: '1,000 branches of import_each' }));
    const rows = list.getAllByRole('listitem').slice(0, 5);
    expect(rows.map((row) => row.textContent)).toEqual([
      expect.stringMatching(/^import_0097Failed/),
      expect.stringMatching(/^import_0338Failed/),
      expect.stringMatching(/^import_0579Failed/),
      expect.stringMatching(/^import_0820Failed/),
      expect.stringMatching(/^import_0880Running/),
    ]);
    await user.type(list.getByRole('searchbox'), '0579{Enter}');
    expect(onSelect).toHaveBeenLastCalledWith('import_0579');
  });

  test('can be narrowed to a state', async () => {
    const { user, graph } = show(fixture.importing(start));
    await user.click(graph().getByRole('button', { name: /^List the 1,000/ }));
    const list = within(screen.getByRole('region', { name: /^1,000 branches/ }));
    await user.click(list.getByRole('button', { name: '8 running' }));
    list.getByRole('list', { name: '8 shown' });
  });
});

describe('a loop', () => {
  test('turns its pages, and the selection goes with it', async () => {
    const { user, graph, onSelect } = show(fixture.crawled(start));
    await user.click(graph().getByRole('button', { name: /^index_page, / }));
    expect(onSelect).toHaveBeenLastCalledWith('index_page__3');
    await user.click(graph().getByRole('button', { name: 'Previous iteration' }));
    graph().getByRole('button', { name: /^describe_image, .*Completed/ });
    expect(onSelect).toHaveBeenLastCalledWith('index_page__2');
  });

  test('opens at the iteration that an address names', () => {
    const { graph } = show(fixture.crawled(start), { selected: 'extract_text__1' });
    graph().getByRole('button', { name: /^extract_text, .*Completed/, pressed: true });
  });
});

describe('a sub-workflow', () => {
  test('asks for its contents when it is opened, and closes again', async () => {
    const wanted = vi.fn();
    const child = fixture.parcel(start);
    const subWorkflows = new Map([[child.workflowId, { definition: shipParcel, execution: child }]]);
    const { user, graph, onSelect } = show(fixture.shipped(start), {
      subWorkflows,
      onSubWorkflowsWanted: wanted,
    });
    expect(wanted).toHaveBeenLastCalledWith([]);
    await user.click(graph().getByRole('button', { name: 'Open ship' }));
    expect(wanted).toHaveBeenLastCalledWith([expect.objectContaining({ workflowId: child.workflowId })]);
    await user.click(graph().getByRole('button', { name: /^choose_carrier, / }));
    expect(onSelect).toHaveBeenLastCalledWith('ship/choose_carrier');
    await user.click(graph().getByRole('button', { name: 'Close ship' }));
    expect(graph().queryByRole('button', { name: /^choose_carrier, / })).toBeNull();
    expect(onSelect).toHaveBeenLastCalledWith('ship');
  });

  test('is opened by an address that leads into it', () => {
    const child = fixture.parcel(start);
    const subWorkflows = new Map([[child.workflowId, { definition: shipParcel, execution: child }]]);
    const { graph } = show(fixture.shipped(start), { subWorkflows, selected: 'ship/pause__2' });
    graph().getByRole('button', { name: /^pause, .*left$/, pressed: true });
  });
});

describe('finding', () => {
  test('a task with / selects it, whatever hides it', async () => {
    const { user, onSelect } = show(fixture.importing(start));
    await user.keyboard('/');
    await user.type(screen.getByRole('combobox', { name: 'Find a task' }), '0500');
    screen.getByRole('option', { name: /import_0500/, selected: true });
    await user.keyboard('{Enter}');
    expect(onSelect).toHaveBeenLastCalledWith('import_0500');
    expect(screen.queryByRole('combobox')).toBeNull();
  });

  test('nothing says so, and Escape ends it', async () => {
    const { user } = show(fixture.linear(start));
    await user.keyboard('/');
    await user.type(screen.getByRole('combobox'), 'zzz');
    screen.getByText('No task is called that.');
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('combobox')).toBeNull();
  });
});

test('a definition alone is drawn with what its tasks are', () => {
  render(
    <KitProvider>
      <ExecutionGraph definition={fulfilOrder} />
    </KitProvider>,
  );
  screen.getByRole('button', { name: "in_stock, Switch · $.available ? 'yes' : 'no'" });
  screen.getByRole('button', { name: 'ship, Sub-workflow · ship_parcel' });
});
