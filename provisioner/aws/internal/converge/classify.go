package converge

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Class says what an error of AWS calls for.
type Class int

// The classes.
const (
	Ours      Class = iota // a request that is wrong: trying again does not help
	Throttled              // too many requests
	Unsure                 // AWS failed or did not answer: it may have been done
	Soon                   // AWS has not yet taken in what was just made
	Busy                   // something else still uses it
	Quota                  // the account may not have more
	Access                 // the account does not let us
	Short                  // AWS has no capacity just now
	Missing                // it does not exist
	Exists                 // something of that name exists
)

// codes are the ends of AWS's error codes, longest match first within a class; services spell them differently.
var codes = []struct {
	class Class
	match []string
}{
	{Throttled, []string{
		"Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded", "TooManyRequestsException",
		"SlowDown", "RequestThrottled", "RequestThrottledException", "PriorRequestNotComplete", "BandwidthLimitExceeded",
	}},
	{Unsure, []string{
		"InternalError", "InternalFailure", "InternalServerError", "InternalServiceError", "InternalException",
		"ServiceUnavailable", "ServiceUnavailableException", "Unavailable", "ServerException", "KMSInternalException",
		"DependencyTimeoutException", "RequestTimeout", "RequestTimeoutException", "RequestExpired",
	}},
	{Short, []string{
		"InsufficientInstanceCapacity", "InsufficientDBInstanceCapacity", "InsufficientCacheClusterCapacity",
		"InsufficientReservedInstanceCapacity", "InsufficientCapacity", "StorageTypeNotAvailableFault",
	}},
	{Busy, []string{
		"DependencyViolation", "ResourceInUse", "ResourceInUseException", "ResourceInUseFault", "InvalidDBInstanceState",
		"InvalidDBInstanceStateFault", "InvalidReplicationGroupState", "InvalidReplicationGroupStateFault", "DeleteConflict",
		"CacheSubnetGroupInUse", "InvalidDBSubnetGroupStateFault", "BucketNotEmpty", "ConflictException", "OperationAborted",
		"InvalidSubnet.Conflict", "IncorrectState", "OperationNotPermittedException", "ServiceNotActiveException",
		"ClusterContainsServicesException", "ClusterContainsTasksException", "UpdateInProgressException", "InvalidIPAddress.InUse",
		"KMSInvalidStateException", "IncorrectInstanceState", "InvalidStateTransition", "HostedZoneNotEmpty",
	}},
	{Quota, []string{
		"VpcLimitExceeded", "AddressLimitExceeded", "NatGatewayLimitExceeded", "SubnetLimitExceeded",
		"InternetGatewayLimitExceeded", "RouteTableLimitExceeded", "RouteLimitExceeded", "SecurityGroupLimitExceeded",
		"RulesPerSecurityGroupLimitExceeded", "VpcEndpointLimitExceeded", "VpcPeeringConnectionLimitExceeded",
		"InstanceQuotaExceeded", "InstanceQuotaExceededFault", "StorageQuotaExceeded", "DBSubnetGroupQuotaExceeded",
		"ClusterQuotaForCustomerExceeded", "NodeQuotaForCustomerExceeded", "NodeQuotaForClusterExceeded",
		"CacheSubnetGroupQuotaExceeded", "TooManyLoadBalancers", "TooManyTargetGroups", "TooManyListeners", "TooManyTargets",
		"TooManyBuckets", "LimitExceeded", "LimitExceededException", "ServiceQuotaExceededException", "TooManyHostedZones",
	}},
	{Access, []string{
		"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized", "OptInRequired", "AuthFailure",
		"InvalidClientTokenId", "UnrecognizedClientException", "ExpiredToken", "ExpiredTokenException", "SignatureDoesNotMatch",
		"InvalidAccessKeyId", "SubscriptionRequiredException", "OperationNotPermitted", "DisabledException", "Forbidden",
		"KMSKeyNotAccessibleFault", "KMSAccessDeniedFault", "AuthorizationError",
	}},
	{Missing, []string{
		"NotFound", "NotFoundException", "NotFoundFault", "NoSuchEntity", "NoSuchEntityException", "NoSuchResourceException", "NoSuchBucket", "NoSuchHostedZone",
		"ResourceNotFoundException", "ClusterNotFoundException", "ServiceNotFoundException", "DoesNotExist", "LoadBalancerNotFound",
	}},
	{Exists, []string{
		"AlreadyExists", "AlreadyExistsException", "AlreadyExistsFault", "EntityAlreadyExists", "EntityAlreadyExistsException",
		"BucketAlreadyOwnedByYou", "ResourceExistsException", "ResourceAlreadyExistsException", "Duplicate", "DuplicateLoadBalancerName",
		"DuplicateTargetGroupName", "DuplicateListener", "RouteAlreadyExists", "DBSubnetGroupAlreadyExists", "DBInstanceAlreadyExists",
		"AlreadyAssociated",
	}},
}

var classes = func() map[string]Class {
	m := map[string]Class{}
	for _, c := range codes {
		for _, code := range c.match {
			m[code] = c.class
		}
	}
	return m
}()

// ErrNotYet is the error of a [Driver] for what AWS will show in a moment. It is [Soon].
var ErrNotYet = errors.New("AWS does not show it yet")

// Classify tells what to do about an error of a [Driver].
func Classify(err error) Class {
	if errors.Is(err, ErrNotYet) {
		return Soon
	}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return transport(err)
	}
	code := strings.TrimSuffix(api.ErrorCode(), "Fault")
	if c, ok := classes[api.ErrorCode()]; ok {
		return c
	}
	if c, ok := classes[code]; ok {
		return c
	}
	if unsettled(code, api.ErrorMessage()) {
		return Soon
	}
	if _, last, ok := cutLast(code, "."); ok { // InvalidVpcID.NotFound, InvalidPermission.Duplicate
		if c, ok := classes[last]; ok {
			return c
		}
	}
	for _, c := range codes { // DBInstanceNotFound, LogGroupAlreadyExists…
		if c.class != Missing && c.class != Exists && c.class != Quota {
			continue
		}
		for _, end := range []string{"NotFound", "NotFoundException", "AlreadyExists", "AlreadyExistsException", "LimitExceeded", "QuotaExceeded"} {
			if strings.HasSuffix(code, end) && classes[end] == c.class {
				return c.class
			}
		}
	}
	return byStatus(err)
}

// transport classifies errors that are no answer of AWS.
func transport(err error) Class {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Unsure
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return Unsure
	}
	if _, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok {
		return Unsure
	}
	return byStatus(err)
}

func byStatus(err error) Class {
	answer, ok := errors.AsType[*smithyhttp.ResponseError](err)
	if !ok || answer.Response == nil {
		if _, broken := errors.AsType[*smithy.DeserializationError](err); broken {
			return Unsure
		}
		return Ours
	}
	switch code := answer.HTTPStatusCode(); {
	case code == http.StatusTooManyRequests:
		return Throttled
	case code >= http.StatusInternalServerError:
		return Unsure
	case code == http.StatusForbidden || code == http.StatusUnauthorized:
		return Access
	case code == http.StatusNotFound:
		return Missing
	case code < http.StatusMultipleChoices: // done, but the answer could not be read
		return Unsure
	}
	return Ours
}

// unsettled recognizes what services say of a role that was made a moment ago, and of a name that was given back a moment ago.
func unsettled(code, message string) bool {
	m := strings.ToLower(message)
	switch code {
	case "InvalidParameterException", "ClientException", "InvalidParameterValue", "InvalidParameterValueException":
		return strings.Contains(m, "role") && (strings.Contains(m, "assume") || strings.Contains(m, "pass") || strings.Contains(m, "propagat"))
	case "InvalidRequestException":
		return strings.Contains(m, "scheduled for deletion")
	}
	return false
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
