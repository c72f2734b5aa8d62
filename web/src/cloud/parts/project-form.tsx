import { useQueryClient } from '@tanstack/react-query';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { type FieldErrors, Form, FormActions, type FormValues } from '../../ui/form';
import { answer, api, type Project } from '../api/client';
import { forForm } from '../api/problem';
import { keys } from '../api/queries';
import { nameProblem } from '../name-rule';
import { NameField } from './name-field';
import { Submit } from './submit';

/** Makes a project, or renames the one that is given. */
export function ProjectForm({
  org,
  project,
  open,
  onOpenChange,
  onDone,
}: {
  org: string;
  project?: Project;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onDone: (project: Project) => void;
}) {
  const client = useQueryClient();

  async function save({ name = '' }: FormValues) {
    const body = { name };
    const saved = await forForm(
      answer(
        project === undefined
          ? api.POST('/organizations/{org}/projects', { params: { path: { org } }, body })
          : api.PUT('/organizations/{org}/projects/{project}', {
              params: { path: { org, project: project.name } },
              body,
            }),
      ),
    );
    // Clusters and grants name their project.
    const read = Promise.all(
      [keys.projects(org), keys.clusters(org), keys.grants(org)].map((queryKey) =>
        client.invalidateQueries({ queryKey }),
      ),
    );
    onOpenChange(false);
    onDone(saved);
    await read;
  }

  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={project === undefined ? 'Create project' : `Rename ${project.name}`}
      description={
        project === undefined
          ? 'It begins empty. Move clusters into it, and say who may use them.'
          : 'Clusters stay where they are, and so do roles. Programs that name the project in calls of the API must use the new name.'
      }
    >
      <Form
        className="stack"
        validate={({ name = '' }): FieldErrors => {
          const problem = nameProblem(name);
          return problem === undefined ? {} : { name: problem };
        }}
        onSubmit={save}
      >
        <NameField name="name" label="Name" initial={project?.name ?? ''} />
        <FormActions>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Submit>{project === undefined ? 'Create project' : 'Rename'}</Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}
