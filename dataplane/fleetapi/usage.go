package fleetapi

import "time"

// UsageEvery is how often a node reports its usage. It does so for the last time when it stops.
const UsageEvery = 30 * time.Second

// MaxUsageDays is how many rows one report carries at most.
const MaxUsageDays = 500

// UsageReport carries what has changed since the last report that was answered. It may be repeated: the counts are totals
// that only grow, and the control plane keeps the largest of each. So nothing is doubled by a report that is sent again, and
// nothing is lost by one that never arrives.
type UsageReport struct {
	ClusterID string  `json:"clusterId"`
	NodeID    string  `json:"nodeId"`
	Days      []Usage `json:"days"`
}

// Usage is what came to the data plane on one day, as one opening of its store has counted it. The usage of the day is the
// sum of the counts over all epochs, and the largest of the storage.
type Usage struct {
	Epoch        string `json:"epoch"` // random; never used again once the counts could have gone back
	Day          string `json:"day"`   // UTC, 2006-01-02
	Executions   int64  `json:"executions"`
	Tasks        int64  `json:"tasks"`
	StorageBytes int64  `json:"storageBytes"`
}

// UsageResponse says that the report is booked, but for the rows of days that have not come yet: the node's clock was ahead when it
// counted them. They are to be reported again.
type UsageResponse struct {
	Early []Usage `json:"early,omitempty"`
}

// States of a quota.
const (
	QuotaWarn   = "warn"   // the soft quota is used up
	QuotaRefuse = "refuse" // the hard quota is used up: new executions are refused
)

// Quota says what of the cluster's quota is used up. It ends with the period that it counts in, also without the link.
type Quota struct {
	State   string    `json:"state"`   // QuotaWarn or QuotaRefuse
	Message string    `json:"message"` // for people
	Until   time.Time `json:"until"`   // end of the period
}
