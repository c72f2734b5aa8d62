package converge_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
)

func api(code, message string) error {
	return &smithy.OperationError{ServiceID: "EC2", OperationName: "CreateVpc", Err: &smithy.GenericAPIError{Code: code, Message: message}}
}

func status(code int) error {
	return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: code}}, Err: errors.New("x")}
}

func TestClassify(t *testing.T) {
	for _, test := range []struct {
		err  error
		want converge.Class
	}{
		{api("Throttling", ""), converge.Throttled},
		{api("RequestLimitExceeded", ""), converge.Throttled},
		{api("SlowDown", ""), converge.Throttled},
		{api("InternalError", ""), converge.Unsure},
		{api("ServiceUnavailable", ""), converge.Unsure},
		{context.DeadlineExceeded, converge.Unsure},
		{status(http.StatusBadGateway), converge.Unsure},
		{status(http.StatusOK), converge.Unsure},
		{status(http.StatusForbidden), converge.Access},
		{api("InvalidVpcID.NotFound", ""), converge.Missing},
		{api("DBInstanceNotFound", ""), converge.Missing},
		{api("DBInstanceNotFoundFault", ""), converge.Missing},
		{api("ReplicationGroupNotFoundFault", ""), converge.Missing},
		{api("CacheSubnetGroupNotFoundFault", ""), converge.Missing},
		{api("NatGatewayNotFound", ""), converge.Missing},
		{api("TargetGroupNotFound", ""), converge.Missing},
		{api("NoSuchEntity", ""), converge.Missing},
		{api("DependencyViolation", ""), converge.Busy},
		{api("InvalidSubnet.Conflict", ""), converge.Busy},
		{api("InvalidDBInstanceState", ""), converge.Busy},
		{api("ResourceInUse", ""), converge.Busy},
		{api("VpcLimitExceeded", ""), converge.Quota},
		{api("AddressLimitExceeded", ""), converge.Quota},
		{api("InstanceQuotaExceeded", ""), converge.Quota},
		{api("LimitExceededException", ""), converge.Quota},
		{api("UnauthorizedOperation", ""), converge.Access},
		{api("AccessDeniedException", ""), converge.Access},
		{api("OptInRequired", ""), converge.Access},
		{api("InsufficientDBInstanceCapacity", ""), converge.Short},
		{api("InvalidGroup.Duplicate", ""), converge.Exists},
		{api("InvalidPermission.Duplicate", ""), converge.Exists},
		{api("Resource.AlreadyAssociated", ""), converge.Exists},
		{api("DBInstanceAlreadyExists", ""), converge.Exists},
		{api("EntityAlreadyExists", ""), converge.Exists},
		{api("InvalidParameterException", "Unable to assume the service linked role"), converge.Soon},
		{api("InvalidRequestException", "... was scheduled for deletion"), converge.Soon},
		{converge.ErrNotYet, converge.Soon},
		{api("InvalidParameterValue", "Invalid value 'x'"), converge.Ours},
		{errors.New("of our own"), converge.Ours},
	} {
		if got := converge.Classify(test.err); got != test.want {
			t.Errorf("%v: class %d, want %d", test.err, got, test.want)
		}
	}
}
