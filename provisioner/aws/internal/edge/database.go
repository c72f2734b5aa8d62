package edge

import (
	"context"
	"fmt"
	"net"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

const (
	postgresVersion = "16"
	backupDays      = 7
)

func (d *Driver) rdsTags(r converge.Request) []types.Tag {
	return tagged(d.tags(r.Scope, r.Role), func(k, v string) types.Tag { return types.Tag{Key: aws.String(k), Value: aws.String(v)} })
}

const dbSubnetsRole = "subnets-database"

func (d *Driver) findDBSubnets(ctx context.Context, s converge.Scope, _ []string) ([]converge.Found, error) {
	name := plan.Name(s.Cluster, dbSubnetsRole)
	_, err := d.rds.DescribeDBSubnetGroups(ctx, &rds.DescribeDBSubnetGroupsInput{DBSubnetGroupName: aws.String(name)})
	if err != nil {
		return nil, absent(err)
	}
	return []converge.Found{{ID: name, Role: dbSubnetsRole}}, nil
}

func (d *Driver) createDBSubnets(ctx context.Context, r converge.Request) (converge.Found, error) {
	name := plan.Name(r.Cluster, r.Role)
	_, err := d.rds.CreateDBSubnetGroup(ctx, &rds.CreateDBSubnetGroupInput{
		DBSubnetGroupName: aws.String(name), DBSubnetGroupDescription: aws.String("Podium: " + r.Cluster),
		SubnetIds: by(r, "subnet-"), Tags: d.rdsTags(r),
	})
	if err != nil && converge.Classify(err) != converge.Exists { // the name is the cluster's alone
		return converge.Found{}, err
	}
	return converge.Found{ID: name}, nil
}

func (d *Driver) removeDBSubnets(ctx context.Context, _ converge.Scope, f converge.Found) error {
	_, err := d.rds.DeleteDBSubnetGroup(ctx, &rds.DeleteDBSubnetGroupInput{DBSubnetGroupName: aws.String(f.ID)})
	return err
}

const databaseRole = "database"

func (d *Driver) database(ctx context.Context, name string) (*types.DBInstance, error) {
	out, err := d.rds.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: aws.String(name)})
	if err != nil {
		return nil, err
	}
	if len(out.DBInstances) != 1 {
		return nil, converge.ErrNotYet
	}
	return &out.DBInstances[0], nil
}

func (d *Driver) findDatabases(ctx context.Context, s converge.Scope, _ []string) ([]converge.Found, error) {
	db, err := d.database(ctx, plan.Name(s.Cluster, databaseRole))
	if err != nil {
		return nil, absent(err)
	}
	return []converge.Found{foundDatabase(db)}, nil
}

func foundDatabase(db *types.DBInstance) converge.Found {
	f := converge.Found{ID: aws.ToString(db.DBInstanceIdentifier), Role: databaseRole}
	switch state := aws.ToString(db.DBInstanceStatus); state {
	case "available", "backing-up", "storage-optimization", "configuring-enhanced-monitoring", "storage-full":
	case "deleting":
		f.State = converge.Leaving
	default: // one that has failed may still hold data: people decide about it
		f.State, f.Detail = converge.Working, state
	}
	return f
}

func (d *Driver) createDatabase(ctx context.Context, r converge.Request) (converge.Found, error) {
	s, err := settings[plan.DBSettings](r)
	if err != nil {
		return converge.Found{}, err
	}
	login, err := d.secret(ctx, r.IDs["secret"])
	if err != nil {
		return converge.Found{}, err
	}
	name := plan.Name(r.Cluster, r.Role)
	out, err := d.rds.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String(name), Engine: aws.String("postgres"), EngineVersion: aws.String(postgresVersion),
		DBInstanceClass: aws.String(s.Class), MultiAZ: aws.Bool(s.MultiAZ),
		AllocatedStorage: aws.Int32(int32(s.StorageGB)), StorageType: aws.String("gp3"),
		StorageEncrypted: aws.Bool(true), KmsKeyId: aws.String(d.keyARN(r.IDs["key"])),
		DBName: aws.String(databaseName), MasterUsername: aws.String(databaseUser), MasterUserPassword: aws.String(login[secretPassword]),
		DBSubnetGroupName: aws.String(r.IDs["subnets"]), VpcSecurityGroupIds: []string{r.IDs["group"]}, PubliclyAccessible: aws.Bool(false),
		BackupRetentionPeriod: aws.Int32(backupDays), DeletionProtection: aws.Bool(true), CopyTagsToSnapshot: aws.Bool(true),
		AutoMinorVersionUpgrade: aws.Bool(true), Tags: d.rdsTags(r),
	})
	switch {
	case err == nil:
		return foundDatabase(out.DBInstance), nil
	case converge.Classify(err) == converge.Exists: // the name is the cluster's alone
		return converge.Found{ID: name, State: converge.Working}, nil
	}
	return converge.Found{}, err
}

// settleDatabase writes down where the database is, and changes it to the size that is asked for. Storage only grows.
func (d *Driver) settleDatabase(ctx context.Context, r converge.Request, f converge.Found) (bool, error) {
	s, err := settings[plan.DBSettings](r)
	if err != nil {
		return false, err
	}
	db, err := d.database(ctx, f.ID)
	if err != nil {
		return false, err
	}
	if db.Endpoint == nil {
		return false, converge.ErrNotYet
	}
	login, err := d.secret(ctx, r.IDs["secret"])
	if err != nil {
		return false, err
	}
	at := url.URL{
		Scheme: "postgres", User: url.UserPassword(databaseUser, login[secretPassword]), Path: "/" + databaseName, RawQuery: "sslmode=require",
		Host: net.JoinHostPort(aws.ToString(db.Endpoint.Address), fmt.Sprint(aws.ToInt32(db.Endpoint.Port))),
	}
	if login[secretURL] != at.String() {
		login[secretURL] = at.String()
		if err := d.setSecret(ctx, r.IDs["secret"], login); err != nil {
			return false, err
		}
	}
	grows := int(aws.ToInt32(db.AllocatedStorage)) < s.StorageGB
	if !grows && aws.ToString(db.DBInstanceClass) == s.Class && aws.ToBool(db.MultiAZ) == s.MultiAZ {
		return false, nil
	}
	change := &rds.ModifyDBInstanceInput{
		DBInstanceIdentifier: aws.String(f.ID), DBInstanceClass: aws.String(s.Class), MultiAZ: aws.Bool(s.MultiAZ),
		ApplyImmediately: aws.Bool(true),
	}
	if grows {
		change.AllocatedStorage = aws.Int32(int32(s.StorageGB))
	}
	_, err = d.rds.ModifyDBInstance(ctx, change)
	return true, err
}

// removeDatabase takes the protection away only here, so that nobody removes a database by a slip.
func (d *Driver) removeDatabase(ctx context.Context, _ converge.Scope, f converge.Found) error {
	db, err := d.database(ctx, f.ID)
	if err != nil {
		return err
	}
	if aws.ToBool(db.DeletionProtection) {
		_, err := d.rds.ModifyDBInstance(ctx, &rds.ModifyDBInstanceInput{
			DBInstanceIdentifier: aws.String(f.ID), DeletionProtection: aws.Bool(false), ApplyImmediately: aws.Bool(true),
		})
		if err != nil {
			return err
		}
	}
	_, err = d.rds.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{
		DBInstanceIdentifier: aws.String(f.ID), SkipFinalSnapshot: aws.Bool(true), DeleteAutomatedBackups: aws.Bool(true),
	})
	return err
}
