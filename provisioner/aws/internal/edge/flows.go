package edge

import (
	"context"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
)

// flowMinute is the shortest time, in seconds, over which AWS adds up packets before it writes a line.
const flowMinute = 60

func (d *Driver) findFlows(ctx context.Context, s converge.Scope, ids []string) ([]converge.Found, error) {
	return findEC2(s, ids, "flow-log-id", func(f []types.Filter) (all []converge.Found, err error) {
		flows, err := d.flows(ctx, f)
		for _, v := range flows {
			all = append(all, converge.Found{ID: aws.ToString(v.FlowLogId), Role: ec2Role(v.Tags)})
		}
		return all, err
	})
}

func (d *Driver) flows(ctx context.Context, f []types.Filter) (all []types.FlowLog, err error) {
	pages := ec2.NewDescribeFlowLogsPaginator(d.ec2, &ec2.DescribeFlowLogsInput{Filter: f})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, page.FlowLogs...)
	}
	return all, nil
}

// createFlow: AWS answers this call with success and says inside what it did not do.
func (d *Driver) createFlow(ctx context.Context, r converge.Request) (converge.Found, error) {
	out, err := d.ec2.CreateFlowLogs(ctx, &ec2.CreateFlowLogsInput{
		ResourceType: types.FlowLogsResourceTypeSubnet, ResourceIds: []string{r.IDs["subnet"]}, TrafficType: types.TrafficTypeAll,
		LogDestinationType: types.LogDestinationTypeCloudWatchLogs, LogGroupName: aws.String(r.IDs["logs"]),
		DeliverLogsPermissionArn: aws.String(r.IDs["role"]), MaxAggregationInterval: aws.Int32(flowMinute),
		ClientToken: aws.String(r.Token), TagSpecifications: d.ec2Tags(types.ResourceTypeVpcFlowLog, r.Scope, r.Role),
	})
	if err == nil && len(out.FlowLogIds) == 1 {
		return converge.Found{ID: out.FlowLogIds[0]}, nil
	}
	if err == nil {
		if err = unsuccessful(out.Unsuccessful); err == nil {
			return converge.Found{}, converge.ErrNotYet
		}
	}
	if converge.Classify(err) == converge.Exists { // the subnet is the cluster's alone
		flows, findErr := d.flows(ctx, []types.Filter{filter("resource-id", r.IDs["subnet"])})
		if findErr == nil && len(flows) > 0 {
			return converge.Found{ID: aws.ToString(flows[0].FlowLogId)}, nil
		}
		err = errors.Join(converge.ErrNotYet, err)
	}
	return converge.Found{}, err
}

func (d *Driver) removeFlow(ctx context.Context, _ converge.Scope, f converge.Found) error {
	out, err := d.ec2.DeleteFlowLogs(ctx, &ec2.DeleteFlowLogsInput{FlowLogIds: []string{f.ID}})
	if err != nil {
		return err
	}
	return unsuccessful(out.Unsuccessful)
}

// unsuccessful is the first error inside an answer that is a success.
func unsuccessful(items []types.UnsuccessfulItem) error {
	for _, u := range items {
		if u.Error != nil {
			return &smithy.GenericAPIError{Code: aws.ToString(u.Error.Code), Message: aws.ToString(u.Error.Message)}
		}
	}
	return nil
}

// Flow is packets of one direction of a connection, added up.
type Flow struct {
	From, To netip.AddrPort
	Packets  int
	Bytes    int
	Rejected bool // by a security group
}

// bare is the most that a packet has, in bytes, which carries no data.
const bare = 64

// Spoken reports whether data passed: a mere attempt to connect, repeated or not, has none.
func (f Flow) Spoken() bool { return !f.Rejected && f.Bytes > f.Packets*bare }

// Flows lists what the flow logs of the cluster have recorded on a port since then, latest last.
func (d *Driver) Flows(ctx context.Context, s converge.Scope, port int, since time.Time) ([]Flow, error) {
	var all []Flow
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(d.logs, &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: aws.String(logGroup(s.Cluster)), StartTime: aws.Int64(since.UnixMilli()), LogStreamNamePrefix: aws.String("eni-"),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, e := range page.Events {
			f, ok := parseFlow(aws.ToString(e.Message))
			if ok && (int(f.To.Port()) == port || int(f.From.Port()) == port) {
				all = append(all, f)
			}
		}
	}
	return all, nil
}

// parseFlow reads a line of AWS's default format: version account interface from to from-port to-port protocol packets bytes
// start end action status.
func parseFlow(line string) (Flow, bool) {
	const fields = 14
	w := strings.Fields(line)
	if len(w) != fields || w[7] != "6" { // TCP
		return Flow{}, false
	}
	from, err1 := netip.ParseAddrPort(w[3] + ":" + w[5])
	to, err2 := netip.ParseAddrPort(w[4] + ":" + w[6])
	packets, err3 := strconv.Atoi(w[8])
	size, err4 := strconv.Atoi(w[9])
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
		return Flow{}, false
	}
	return Flow{from, to, packets, size, w[12] == "REJECT"}, true
}
