"""The official Python SDK against an edge: applications with keys and roles, users, groups and grants.

CONDUCTOR_SERVER_URL, CONDUCTOR_AUTH_KEY and CONDUCTOR_AUTH_SECRET say which edge; the SDK reads them by itself.
"""

import os
import unittest
import uuid

from conductor.client.configuration.configuration import Configuration
from conductor.client.configuration.settings.authentication_settings import AuthenticationSettings
from conductor.client.http.models.create_or_update_application_request import CreateOrUpdateApplicationRequest
from conductor.client.http.models.start_workflow_request import StartWorkflowRequest
from conductor.client.http.models.subject_ref import SubjectRef
from conductor.client.http.models.target_ref import TargetRef, TargetType
from conductor.client.http.models.upsert_group_request import UpsertGroupRequest
from conductor.client.http.models.upsert_user_request import UpsertUserRequest
from conductor.client.http.models.workflow_def import WorkflowDef
from conductor.client.http.models.workflow_task import WorkflowTask
from conductor.client.http.rest import ApiException
from conductor.client.orkes.models.access_key_status import AccessKeyStatus
from conductor.client.orkes.models.access_type import AccessType
from conductor.client.orkes.models.metadata_tag import MetadataTag
from conductor.client.orkes_clients import OrkesClients

NAME = f"py_{uuid.uuid4().hex[:8]}"


class Access(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.clients = OrkesClients(Configuration())
        cls.access = cls.clients.get_authorization_client()

    def test_an_application_does_what_it_was_granted(self):
        access = self.access
        for name in (NAME, f"{NAME}_other"):
            task = WorkflowTask(name="w", task_reference_name="w", type="WAIT", input_parameters={"duration": "1 s"})
            self.clients.get_metadata_client().register_workflow_def(
                WorkflowDef(name=name, version=1, schema_version=2, owner_email="sdk@example.com", tasks=[task]), True
            )
        app = access.create_application(CreateOrUpdateApplicationRequest(NAME))
        self.assertEqual(access.get_application(app.id).name, NAME)
        app = access.update_application(CreateOrUpdateApplicationRequest(f"{NAME}_2"), app.id)
        self.assertIn(f"{NAME}_2", [a.name for a in access.list_applications()])
        key = access.create_access_key(app.id)
        self.assertEqual(access.get_app_by_access_key_id(key.id)["id"], app.id)

        subject, target = SubjectRef("USER", f"app:{app.id}"), TargetRef(TargetType.WORKFLOW_DEF, NAME)
        access.grant_permissions(subject, target, [AccessType.READ, AccessType.EXECUTE])
        self.assertEqual([s.id for s in access.get_permissions(target)["EXECUTE"]], [f"app:{app.id}"])
        granted = access.get_granted_permissions_for_user(f"app:{app.id}")
        self.assertEqual([g.target.id for g in granted], [NAME])

        if os.environ.get("CONDUCTOR_AUTH_KEY"):
            settings = AuthenticationSettings(key_id=key.id, key_secret=key.secret)
            configuration = Configuration(server_api_url=os.environ["CONDUCTOR_SERVER_URL"], authentication_settings=settings)
            own = OrkesClients(configuration)
            self.assertTrue(own.get_workflow_client().start_workflow(StartWorkflowRequest(name=NAME, version=1)))
            with self.assertRaises(ApiException) as refused:
                own.get_workflow_client().start_workflow(StartWorkflowRequest(name=f"{NAME}_other", version=1))
            self.assertEqual(refused.exception.status, 403)
            info = own.get_authorization_client().get_user_info_from_token()
            self.assertEqual(info["id"], f"app:{app.id}")
            access.add_role_to_application_user(app.id, "WORKFLOW_MANAGER")
            self.assertTrue(own.get_workflow_client().start_workflow(StartWorkflowRequest(name=f"{NAME}_other", version=1)))
            access.remove_role_from_application_user(app.id, "WORKFLOW_MANAGER")

        self.assertEqual(access.toggle_access_key_status(app.id, key.id).status, AccessKeyStatus.INACTIVE)
        self.assertEqual(access.get_access_keys(app.id)[0].status, AccessKeyStatus.INACTIVE)
        access.set_application_tags([MetadataTag("team", "a")], app.id)
        self.assertEqual([t.value for t in access.get_application_tags(app.id)], ["a"])
        access.delete_application_tags([MetadataTag("team", "a")], app.id)
        self.assertEqual(access.get_application_tags(app.id), [])
        access.remove_permissions(subject, target, [AccessType.READ, AccessType.EXECUTE])
        self.assertEqual(access.get_granted_permissions_for_user(f"app:{app.id}"), [])
        access.delete_access_key(app.id, key.id)
        access.delete_application(app.id)
        with self.assertRaises(ApiException):
            access.get_application(app.id)

    def test_users_and_groups(self):
        access, email = self.access, f"{NAME}@example.com"
        self.assertEqual(access.upsert_user(UpsertUserRequest("Ada", ["USER"]), email).name, "Ada")
        self.assertEqual(access.get_user(email).roles[0].name, "USER")
        access.upsert_group(UpsertGroupRequest("Billing", ["USER"], {"WORKFLOW_DEF": ["READ"]}), NAME)
        access.add_user_to_group(NAME, email)
        self.assertEqual([u.id for u in access.get_users_in_group(NAME)], [email])
        access.remove_users_from_group(NAME, [email])
        self.assertEqual(access.get_users_in_group(NAME), [])
        target = TargetRef(TargetType.TAG, "team:a")
        access.grant_permissions(SubjectRef("GROUP", NAME), target, [AccessType.READ])
        self.assertEqual([g.target.id for g in access.get_granted_permissions_for_group(NAME)], ["team:a"])
        access.delete_group(NAME)
        access.delete_user(email)
        self.assertNotIn(email, [u.id for u in access.list_users()])


if __name__ == "__main__":
    unittest.main()
