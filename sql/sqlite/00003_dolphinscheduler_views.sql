-- +goose Up

-- What DolphinScheduler 1.3.9 keeps in its tables, for whoever reads them with
-- SQL: the same names, columns and numbers. Times are in the zone of the
-- session that asks, which is the reader's local one. Secrets are masked. Nothing of ours reads these views.

-- The tasks of all versions, as texts of the first dialect.
CREATE VIEW dolphin_node AS
SELECT v.workflow_id, v.version, json_extract(n.value, '$.name') AS name,
    ((COALESCE(json_extract(n.value, '$.retryInterval'), 0) + 59999999999) / 60000000000) AS retry_interval, COALESCE(json_extract(n.value, '$.maxRetries'), 0) AS max_retry_times,
    json_patch(json_patch(json_patch(json_patch(json_object(
        'type', CASE json_extract(n.value, '$.kind') WHEN 'SUB_WORKFLOW' THEN 'SUB_PROCESS' ELSE json_extract(n.value, '$.kind') END,
        'id', ('tasks-' || COALESCE(CAST(NULLIF(json_extract(n.value, '$.code'), 0) AS TEXT), json_extract(n.value, '$.name'))),
        'name', json_extract(n.value, '$.name'),
        'params', json(CASE WHEN json_extract(n.value, '$.kind') = 'SUB_WORKFLOW' THEN json_set(CASE WHEN json_extract(n.value, '$.kind') IN ('SUB_WORKFLOW', 'DEPENDENT', 'CONDITIONS', 'SWITCH') AND json_extract(n.value, '$.localParams') IS NULL THEN COALESCE(json_extract(n.value, '$.params'), '{}')
            ELSE json_set(COALESCE(json_extract(n.value, '$.params'), '{}'), '$.localParams', json(COALESCE(json_extract(n.value, '$.localParams'), '[]'))) END, '$.processDefinitionId', json_extract(n.value, '$.subWorkflow.definitionId'))
            WHEN json_extract(n.value, '$.kind') = 'SWITCH' THEN json_set(CASE WHEN json_extract(n.value, '$.kind') IN ('SUB_WORKFLOW', 'DEPENDENT', 'CONDITIONS', 'SWITCH') AND json_extract(n.value, '$.localParams') IS NULL THEN COALESCE(json_extract(n.value, '$.params'), '{}')
            ELSE json_set(COALESCE(json_extract(n.value, '$.params'), '{}'), '$.localParams', json(COALESCE(json_extract(n.value, '$.localParams'), '[]'))) END, '$.switchResult', json(json_object('dependTaskList', json(COALESCE((SELECT json_group_array(json_object('condition', json_extract(s.value, '$.condition'), 'nextNode', json_extract(s.value, '$.next'))) FROM json_each(json_extract(n.value, '$.switch'), '$.cases') s WHERE s.type = 'object'), '[]')), 'nextNode', json_extract(json_extract(n.value, '$.switch'), '$.default')))) ELSE CASE WHEN json_extract(n.value, '$.kind') IN ('SUB_WORKFLOW', 'DEPENDENT', 'CONDITIONS', 'SWITCH') AND json_extract(n.value, '$.localParams') IS NULL THEN COALESCE(json_extract(n.value, '$.params'), '{}')
            ELSE json_set(COALESCE(json_extract(n.value, '$.params'), '{}'), '$.localParams', json(COALESCE(json_extract(n.value, '$.localParams'), '[]'))) END END),
        'description', COALESCE(json_extract(n.value, '$.description'), ''),
        'timeout', json_object('strategy', CASE json_extract(n.value, '$.timeoutAction') WHEN 'WARN' THEN 'WARN' WHEN 'FAIL' THEN 'FAILED' WHEN 'WARN_FAIL' THEN 'WARNFAILED' ELSE '' END, 'interval', CASE WHEN COALESCE(json_extract(n.value, '$.timeout'), 0) > 0 AND COALESCE(json_extract(n.value, '$.timeoutAction'), '') <> '' THEN ((json_extract(n.value, '$.timeout') + 59999999999) / 60000000000) END, 'enable', json(CASE WHEN COALESCE(json_extract(n.value, '$.timeout'), 0) > 0 AND COALESCE(json_extract(n.value, '$.timeoutAction'), '') <> '' THEN 'true' ELSE 'false' END)),
        'runFlag', CASE WHEN json_extract(n.value, '$.forbidden') = 1 THEN 'FORBIDDEN' ELSE 'NORMAL' END,
        'conditionResult', json_object('successNode', json(CASE WHEN json_type(json_extract(n.value, '$.conditions'), '$.success') = 'array' AND json_array_length(json_extract(n.value, '$.conditions'), '$.success') > 0 THEN json_extract(json_extract(n.value, '$.conditions'), '$.success') ELSE '[""]' END), 'failedNode', json(CASE WHEN json_type(json_extract(n.value, '$.conditions'), '$.failed') = 'array' AND json_array_length(json_extract(n.value, '$.conditions'), '$.failed') > 0 THEN json_extract(json_extract(n.value, '$.conditions'), '$.failed') ELSE '[""]' END)),
        'dependence', json(CASE WHEN json_extract(n.value, '$.dependent') IS NOT NULL THEN json_object('relation', json_extract(json_extract(n.value, '$.dependent'), '$.relation'), 'dependTaskList', json(COALESCE((SELECT json_group_array(json_object('relation', json_extract(g.value, '$.relation'), 'dependItemList', json(COALESCE((SELECT json_group_array(json_object('projectId', json_extract(i.value, '$.projectId'), 'definitionId', json_extract(i.value, '$.definitionId'), 'depTasks', COALESCE(NULLIF(json_extract(i.value, '$.task'), ''), 'ALL'), 'cycle', json_extract(i.value, '$.cycle'), 'dateValue', json_extract(i.value, '$.dateValue'))) FROM json_each(json_extract(g.value, '$.items'), '$') i WHERE i.type = 'object'), '[]'))))
            FROM json_each(json_extract(n.value, '$.dependent'), '$.groups') g WHERE g.type = 'object'), '[]')))
            WHEN json_extract(n.value, '$.conditions') IS NOT NULL THEN json_object('relation', json_extract(json_extract(n.value, '$.conditions'), '$.relation'), 'dependTaskList', json(COALESCE((SELECT json_group_array(json_object('relation', json_extract(g.value, '$.relation'), 'dependItemList', json(COALESCE((SELECT json_group_array(json_object('depTasks', json_extract(i.value, '$.task'), 'status', CASE WHEN json_extract(i.value, '$.success') = 1 THEN 'SUCCESS' ELSE 'FAILURE' END)) FROM json_each(json_extract(g.value, '$.items'), '$') i WHERE i.type = 'object'), '[]'))))
            FROM json_each(json_extract(n.value, '$.conditions'), '$.groups') g WHERE g.type = 'object'), '[]'))) ELSE '{}' END),
        'maxRetryTimes', CAST(COALESCE(json_extract(n.value, '$.maxRetries'), 0) AS TEXT),
        'retryInterval', CAST(((COALESCE(json_extract(n.value, '$.retryInterval'), 0) + 59999999999) / 60000000000) AS TEXT),
        'taskInstancePriority', CASE json_extract(n.value, '$.priority') WHEN 0 THEN 'HIGHEST' WHEN 1 THEN 'HIGH' WHEN 3 THEN 'LOW' WHEN 4 THEN 'LOWEST' ELSE 'MEDIUM' END,
        'workerGroup', COALESCE(json_extract(n.value, '$.workerGroup'), 'default'),
        'preTasks', json(COALESCE((SELECT json_group_array(json_extract(e.value, '$.from')) FROM json_each(v.graph, '$.edges') e
            WHERE json_extract(e.value, '$.to') = json_extract(n.value, '$.name')), '[]'))),
        CASE WHEN json_extract(n.value, '$.delay') > 0 THEN json_object('delayTime', ((json_extract(n.value, '$.delay') + 59999999999) / 60000000000)) ELSE '{}' END),
        CASE WHEN json_extract(n.value, '$.onLost') <> '' THEN json_object('onLost', json_extract(n.value, '$.onLost')) ELSE '{}' END),
        CASE WHEN json_extract(n.value, '$.taskGroupId') <> 0 THEN json_object('taskGroupId', json_extract(n.value, '$.taskGroupId'), 'taskGroupPriority', COALESCE(json_extract(n.value, '$.taskGroupPriority'), 0)) ELSE '{}' END),
        COALESCE(json_extract(n.value, '$.ext."dolphin139.node".set'), '{}')) AS task_json
FROM workflow_version v JOIN json_each(v.graph, '$.tasks') n WHERE n.type = 'object';

-- All versions, as texts of the first dialect.
CREATE VIEW dolphin_version AS
SELECT v.workflow_id,
    v.version,
    json_set(json_patch(json_patch(json_object('globalParams', json(COALESCE(json_extract(v.head, '$.globalParams'), '[]')), 'timeout', ((COALESCE(json_extract(v.head, '$.timeout'), 0) + 59999999999) / 60000000000), 'tenantId', COALESCE(NULLIF(COALESCE(json_extract(v.head, '$.tenantId'), 0), 0), -1)), CASE WHEN json_extract(v.head, '$.policy') <> '' THEN json_object('executionType', json_extract(v.head, '$.policy')) ELSE '{}' END), COALESCE(json_extract(v.graph, '$.layout."dolphin139.process".set'), '{}')), '$.tasks', json(COALESCE((SELECT json_group_array(json(n.task_json)) FROM dolphin_node n WHERE n.workflow_id = v.workflow_id AND n.version = v.version), '[]'))) AS process_json,
    COALESCE(json_extract(v.head, '$.globalParams'), '[]') AS global_params,
    json_extract(v.graph, '$.layout."dolphin139.locations"') AS locations,
    json_extract(v.graph, '$.layout."dolphin139.connects"') AS connects,
    ((COALESCE(json_extract(v.head, '$.timeout'), 0) + 59999999999) / 60000000000) AS timeout,
    COALESCE(NULLIF(COALESCE(json_extract(v.head, '$.tenantId'), 0), 0), -1) AS tenant_id
FROM workflow_version v;

CREATE VIEW t_ds_version AS
SELECT 1 AS id,
    '1.3.9' AS version
FROM (SELECT 1 AS one) o;

CREATE VIEW t_ds_user AS
SELECT u.id,
    u.name AS user_name,
    '******' AS user_password,
    CASE u.role WHEN 'ADMIN' THEN 0 ELSE 1 END AS user_type,
    u.email,
    u.phone,
    u.tenant_id,
    datetime(u.create_time / 1000, 'unixepoch', 'localtime') AS create_time,
    datetime(u.update_time / 1000, 'unixepoch', 'localtime') AS update_time,
    u.queue
FROM user_account u;

CREATE VIEW t_ds_session AS
SELECT (SUBSTR(s.id_hash, 1, 8) || '...') AS id,
    s.user_id,
    s.ip,
    datetime(s.last_login / 1000, 'unixepoch', 'localtime') AS last_login_time
FROM session s;

CREATE VIEW t_ds_access_token AS
SELECT t.id,
    t.user_id,
    '******' AS token,
    datetime(t.expire_time / 1000, 'unixepoch', 'localtime') AS expire_time,
    datetime(t.create_time / 1000, 'unixepoch', 'localtime') AS create_time,
    datetime(t.update_time / 1000, 'unixepoch', 'localtime') AS update_time
FROM access_token t;

CREATE VIEW t_ds_tenant AS
SELECT t.id,
    t.code AS tenant_code,
    t.name AS tenant_name,
    t.description,
    t.queue_id,
    datetime(t.create_time / 1000, 'unixepoch', 'localtime') AS create_time,
    datetime(t.update_time / 1000, 'unixepoch', 'localtime') AS update_time
FROM tenant t;

CREATE VIEW t_ds_queue AS
SELECT q.id,
    q.name AS queue_name,
    q.value AS queue,
    datetime(q.create_time / 1000, 'unixepoch', 'localtime') AS create_time,
    datetime(q.update_time / 1000, 'unixepoch', 'localtime') AS update_time
FROM queue q;

CREATE VIEW t_ds_project AS
SELECT p.id,
    p.name,
    p.description,
    p.user_id,
    1 AS flag,
    datetime(p.create_time / 1000, 'unixepoch', 'localtime') AS create_time,
    datetime(p.update_time / 1000, 'unixepoch', 'localtime') AS update_time
FROM project p;

CREATE VIEW t_ds_worker_group AS
SELECT g.id,
    g.name,
    g.addresses AS addr_list,
    datetime(g.create_time / 1000, 'unixepoch', 'localtime') AS create_time,
    datetime(g.update_time / 1000, 'unixepoch', 'localtime') AS update_time
FROM worker_group g;

CREATE VIEW t_ds_process_definition AS
SELECT w.id,
    w.name,
    w.version,
    CASE w.release_state WHEN 'ONLINE' THEN 1 ELSE 0 END AS release_state,
    w.project_id,
    w.user_id,
    j.process_json AS process_definition_json,
    v.description,
    j.global_params,
    1 AS flag,
    j.locations,
    j.connects,
    v.receivers,
    v.receivers_cc,
    datetime(w.create_time / 1000, 'unixepoch', 'localtime') AS create_time,
    j.timeout,
    j.tenant_id,
    datetime(w.update_time / 1000, 'unixepoch', 'localtime') AS update_time,
    m.name AS modify_by,
    COALESCE((SELECT group_concat(one, ',') FROM (SELECT l.resource_id AS one FROM workflow_resource l WHERE l.workflow_id = w.id AND l.resource_id <> 0 ORDER BY l.resource_id)), '') AS resource_ids
FROM workflow w
    JOIN workflow_version v ON v.workflow_id = w.id AND v.version = w.version
    JOIN dolphin_version j ON j.workflow_id = w.id AND j.version = w.version
    LEFT JOIN user_account m ON m.id = v.modified_by;

CREATE VIEW t_ds_process_instance AS
SELECT i.id,
    i.name,
    i.definition_id AS process_definition_id,
    CASE i.state WHEN 'SUBMITTED' THEN 0 WHEN 'DELAYED' THEN 0 WHEN 'DISPATCHED' THEN 0 WHEN 'RUNNING' THEN 1 WHEN 'PAUSING' THEN 2 WHEN 'PAUSED' THEN 3 WHEN 'STOPPING' THEN 4 WHEN 'STOPPED' THEN 5 WHEN 'FAILED' THEN 6 WHEN 'SUCCEEDED' THEN 7 WHEN 'FORCED_SUCCESS' THEN 7 WHEN 'LOST' THEN 8 WHEN 'KILLED' THEN 9 WHEN 'SERIAL_WAIT' THEN 10 END AS state,
    i.recovered AS recovery,
    datetime(i.start_time / 1000, 'unixepoch', 'localtime') AS start_time,
    datetime(i.end_time / 1000, 'unixepoch', 'localtime') AS end_time,
    i.run_times,
    i.master_id AS host,
    CASE i.command WHEN 'START' THEN 0 WHEN 'SUB' THEN 0 WHEN 'RECOVER_PAUSED' THEN 3 WHEN 'RECOVER_FAILED' THEN 4 WHEN 'FORCE_SUCCESS' THEN 4 WHEN 'RELEASE_HOLD' THEN 4 WHEN 'BACKFILL' THEN 5 WHEN 'SCHEDULE' THEN 6 WHEN 'RERUN' THEN 7 WHEN 'PAUSE' THEN 8 WHEN 'STOP' THEN 9 ELSE 0 END AS command_type,
    json_patch(CASE WHEN json_extract(i.start_options, '$.startTasks') IS NULL THEN '{}' ELSE json_object('StartNodeNameList', json(SUBSTR(REPLACE(REPLACE(json_extract(i.start_options, '$.startTasks'), '", "', '","'), '","', ','), 2, LENGTH(REPLACE(REPLACE(json_extract(i.start_options, '$.startTasks'), '", "', '","'), '","', ',')) - 2))) END, CASE WHEN i.backfill_id <> 0 AND i.schedule_time IS NOT NULL THEN json_object('complementStartDate', datetime(i.schedule_time / 1000, 'unixepoch', 'localtime'), 'complementEndDate', datetime(i.schedule_time / 1000, 'unixepoch', 'localtime')) ELSE '{}' END) AS command_param,
    CASE json_extract(i.start_options, '$.scope') WHEN 'ONLY' THEN 0 WHEN 'PRE' THEN 1 ELSE 2 END AS task_depend_type,
    0 AS max_try_times,
    CASE json_extract(i.start_options, '$.failureStrategy') WHEN 'END' THEN 0 WHEN 'CONTINUE' THEN 1 ELSE 1 END AS failure_strategy,
    CASE json_extract(i.start_options, '$.warningType') WHEN 'NONE' THEN 0 WHEN 'SUCCESS' THEN 1 WHEN 'FAILURE' THEN 2 WHEN 'ALL' THEN 3 ELSE 0 END AS warning_type,
    COALESCE(json_extract(i.start_options, '$.warningGroupId'), 0) AS warning_group_id,
    datetime(i.schedule_time / 1000, 'unixepoch', 'localtime') AS schedule_time,
    datetime(i.command_time / 1000, 'unixepoch', 'localtime') AS command_start_time,
    j.global_params,
    j.process_json AS process_instance_json,
    1 AS flag,
    datetime(i.update_time / 1000, 'unixepoch', 'localtime') AS update_time,
    CASE WHEN i.parent_id <> 0 THEN 1 ELSE 0 END AS is_sub_process,
    i.user_id AS executor_id,
    j.locations,
    j.connects,
    REPLACE(TRIM(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE((',' || REPLACE(CASE WHEN i.history = '' THEN i.command ELSE i.history END, ',', ',,') || ','), ',START,', ',START_PROCESS,'), ',SUB,', ',START_PROCESS,'), ',RECOVER_PAUSED,', ',RECOVER_SUSPENDED_PROCESS,'), ',RECOVER_FAILED,', ',START_FAILURE_TASK_PROCESS,'), ',FORCE_SUCCESS,', ',START_FAILURE_TASK_PROCESS,'), ',RELEASE_HOLD,', ',START_FAILURE_TASK_PROCESS,'), ',BACKFILL,', ',COMPLEMENT_DATA,'), ',SCHEDULE,', ',SCHEDULER,'), ',RERUN,', ',REPEAT_RUNNING,'), ','), ',,', ',') AS history_cmd,
    NULL AS dependence_schedule_times,
    COALESCE(json_extract(i.start_options, '$.priority'), 0) AS process_instance_priority,
    COALESCE(json_extract(i.start_options, '$.workerGroup'), 'default') AS worker_group,
    CASE WHEN COALESCE(json_extract(i.start_options, '$.timeout'), 0) > 0 THEN ((COALESCE(json_extract(i.start_options, '$.timeout'), 0) + 59999999999) / 60000000000) ELSE j.timeout END AS timeout,
    COALESCE(j.tenant_id, -1) AS tenant_id
FROM instance i LEFT JOIN dolphin_version j ON j.workflow_id = i.definition_id AND j.version = i.definition_version;

CREATE VIEW t_ds_task_instance AS
SELECT t.id,
    t.task AS name,
    CASE t.kind WHEN 'SUB_WORKFLOW' THEN 'SUB_PROCESS' ELSE t.kind END AS task_type,
    t.definition_id AS process_definition_id,
    t.instance_id AS process_instance_id,
    (SELECT n.task_json FROM dolphin_node n WHERE n.workflow_id = i.definition_id AND n.version = i.definition_version AND n.name = t.task) AS task_json,
    CASE t.state WHEN 'SUBMITTED' THEN 0 WHEN 'DELAYED' THEN 0 WHEN 'DISPATCHED' THEN 0 WHEN 'RUNNING' THEN 1 WHEN 'PAUSING' THEN 2 WHEN 'PAUSED' THEN 3 WHEN 'STOPPING' THEN 4 WHEN 'STOPPED' THEN 5 WHEN 'FAILED' THEN 6 WHEN 'SUCCEEDED' THEN 7 WHEN 'FORCED_SUCCESS' THEN 7 WHEN 'LOST' THEN 8 WHEN 'KILLED' THEN 9 WHEN 'SERIAL_WAIT' THEN 10 END AS state,
    datetime(t.submit_time / 1000, 'unixepoch', 'localtime') AS submit_time,
    datetime(t.start_time / 1000, 'unixepoch', 'localtime') AS start_time,
    datetime(t.end_time / 1000, 'unixepoch', 'localtime') AS end_time,
    t.host,
    t.work_dir AS execute_path,
    t.log_path,
    t.warned AS alert_flag,
    t.retry AS retry_times,
    t.pid,
    t.app_link,
    t.is_current AS flag,
    (SELECT n.retry_interval FROM dolphin_node n WHERE n.workflow_id = i.definition_id AND n.version = i.definition_version AND n.name = t.task) AS retry_interval,
    (SELECT n.max_retry_times FROM dolphin_node n WHERE n.workflow_id = i.definition_id AND n.version = i.definition_version AND n.name = t.task) AS max_retry_times,
    t.priority AS task_instance_priority,
    COALESCE(NULLIF(t.worker_group, ''), 'default') AS worker_group,
    i.user_id AS executor_id
FROM task_instance t LEFT JOIN instance i ON i.id = t.instance_id;

CREATE VIEW t_ds_relation_process_instance AS
SELECT i.id,
    i.parent_id AS parent_process_instance_id,
    i.parent_task_id AS parent_task_instance_id,
    i.id AS process_instance_id
FROM instance i
WHERE i.parent_id <> 0;

CREATE VIEW t_ds_command AS
SELECT c.id,
    CASE c.type WHEN 'START' THEN 0 WHEN 'SUB' THEN 0 WHEN 'RECOVER_PAUSED' THEN 3 WHEN 'RECOVER_FAILED' THEN 4 WHEN 'FORCE_SUCCESS' THEN 4 WHEN 'RELEASE_HOLD' THEN 4 WHEN 'BACKFILL' THEN 5 WHEN 'SCHEDULE' THEN 6 WHEN 'RERUN' THEN 7 WHEN 'PAUSE' THEN 8 WHEN 'STOP' THEN 9 END AS command_type,
    c.definition_id AS process_definition_id,
    json_patch(CASE WHEN json_extract(c.start_options, '$.startTasks') IS NULL THEN '{}' ELSE json_object('StartNodeNameList', json(SUBSTR(REPLACE(REPLACE(json_extract(c.start_options, '$.startTasks'), '", "', '","'), '","', ','), 2, LENGTH(REPLACE(REPLACE(json_extract(c.start_options, '$.startTasks'), '", "', '","'), '","', ',')) - 2))) END, CASE WHEN c.instance_id <> 0 THEN json_object('ProcessInstanceId', c.instance_id) ELSE '{}' END) AS command_param,
    CASE json_extract(c.start_options, '$.scope') WHEN 'ONLY' THEN 0 WHEN 'PRE' THEN 1 ELSE 2 END AS task_depend_type,
    CASE json_extract(c.start_options, '$.failureStrategy') WHEN 'END' THEN 0 WHEN 'CONTINUE' THEN 1 ELSE 1 END AS failure_strategy,
    CASE json_extract(c.start_options, '$.warningType') WHEN 'NONE' THEN 0 WHEN 'SUCCESS' THEN 1 WHEN 'FAILURE' THEN 2 WHEN 'ALL' THEN 3 ELSE 0 END AS warning_type,
    COALESCE(json_extract(c.start_options, '$.warningGroupId'), 0) AS warning_group_id,
    NULL AS schedule_time,
    datetime(c.create_time / 1000, 'unixepoch', 'localtime') AS start_time,
    c.user_id AS executor_id,
    NULL AS dependence,
    datetime(c.create_time / 1000, 'unixepoch', 'localtime') AS update_time,
    COALESCE(json_extract(c.start_options, '$.priority'), 0) AS process_instance_priority,
    COALESCE(json_extract(c.start_options, '$.workerGroup'), 'default') AS worker_group
FROM command c
WHERE c.type NOT IN ('CHILD_ENDED', 'SCHEDULE_CHANGE', 'DELETE');

CREATE VIEW t_ds_error_command AS
SELECT c.id,
    CASE c.type WHEN 'START' THEN 0 WHEN 'SUB' THEN 0 WHEN 'RECOVER_PAUSED' THEN 3 WHEN 'RECOVER_FAILED' THEN 4 WHEN 'FORCE_SUCCESS' THEN 4 WHEN 'RELEASE_HOLD' THEN 4 WHEN 'BACKFILL' THEN 5 WHEN 'SCHEDULE' THEN 6 WHEN 'RERUN' THEN 7 WHEN 'PAUSE' THEN 8 WHEN 'STOP' THEN 9 END AS command_type,
    c.definition_id AS process_definition_id,
    json_patch(CASE WHEN json_extract(c.start_options, '$.startTasks') IS NULL THEN '{}' ELSE json_object('StartNodeNameList', json(SUBSTR(REPLACE(REPLACE(json_extract(c.start_options, '$.startTasks'), '", "', '","'), '","', ','), 2, LENGTH(REPLACE(REPLACE(json_extract(c.start_options, '$.startTasks'), '", "', '","'), '","', ',')) - 2))) END, CASE WHEN c.instance_id <> 0 THEN json_object('ProcessInstanceId', c.instance_id) ELSE '{}' END) AS command_param,
    CASE json_extract(c.start_options, '$.scope') WHEN 'ONLY' THEN 0 WHEN 'PRE' THEN 1 ELSE 2 END AS task_depend_type,
    CASE json_extract(c.start_options, '$.failureStrategy') WHEN 'END' THEN 0 WHEN 'CONTINUE' THEN 1 ELSE 1 END AS failure_strategy,
    CASE json_extract(c.start_options, '$.warningType') WHEN 'NONE' THEN 0 WHEN 'SUCCESS' THEN 1 WHEN 'FAILURE' THEN 2 WHEN 'ALL' THEN 3 ELSE 0 END AS warning_type,
    COALESCE(json_extract(c.start_options, '$.warningGroupId'), 0) AS warning_group_id,
    NULL AS schedule_time,
    datetime(c.create_time / 1000, 'unixepoch', 'localtime') AS start_time,
    c.user_id AS executor_id,
    NULL AS dependence,
    datetime(c.fail_time / 1000, 'unixepoch', 'localtime') AS update_time,
    COALESCE(json_extract(c.start_options, '$.priority'), 0) AS process_instance_priority,
    COALESCE(json_extract(c.start_options, '$.workerGroup'), 'default') AS worker_group,
    c.last_error AS message
FROM failed_command c
WHERE c.type NOT IN ('CHILD_ENDED', 'SCHEDULE_CHANGE', 'DELETE');

CREATE VIEW t_ds_schedules AS
SELECT s.id,
    s.definition_id AS process_definition_id,
    datetime(s.start_time / 1000, 'unixepoch', 'localtime') AS start_time,
    datetime(s.end_time / 1000, 'unixepoch', 'localtime') AS end_time,
    s.cron AS crontab,
    CASE json_extract(s.start_options, '$.failureStrategy') WHEN 'END' THEN 0 WHEN 'CONTINUE' THEN 1 ELSE 1 END AS failure_strategy,
    s.user_id,
    CASE s.release_state WHEN 'ONLINE' THEN 1 ELSE 0 END AS release_state,
    CASE json_extract(s.start_options, '$.warningType') WHEN 'NONE' THEN 0 WHEN 'SUCCESS' THEN 1 WHEN 'FAILURE' THEN 2 WHEN 'ALL' THEN 3 ELSE 0 END AS warning_type,
    COALESCE(json_extract(s.start_options, '$.warningGroupId'), 0) AS warning_group_id,
    COALESCE(json_extract(s.start_options, '$.priority'), 0) AS process_instance_priority,
    COALESCE(json_extract(s.start_options, '$.workerGroup'), 'default') AS worker_group,
    datetime(s.create_time / 1000, 'unixepoch', 'localtime') AS create_time,
    datetime(s.update_time / 1000, 'unixepoch', 'localtime') AS update_time
FROM schedule s;

CREATE VIEW t_ds_resources AS
SELECT r.id,
    r.name AS alias,
    r.file_name,
    r.description,
    r.user_id,
    CASE r.kind WHEN 'UDF' THEN 1 ELSE 0 END AS type,
    r.size,
    datetime(r.create_time / 1000, 'unixepoch', 'localtime') AS create_time,
    datetime(r.update_time / 1000, 'unixepoch', 'localtime') AS update_time,
    COALESCE(NULLIF(r.parent_id, 0), -1) AS pid,
    r.full_name,
    r.is_directory
FROM resource r;

CREATE VIEW t_ds_udfs AS
SELECT f.id,
    f.user_id,
    f.name AS func_name,
    f.class_name,
    CASE f.kind WHEN 'SPARK' THEN 1 ELSE 0 END AS type,
    f.arg_types,
    f.db_name AS "database",
    f.description,
    f.resource_id,
    COALESCE(r.full_name, '') AS resource_name,
    datetime(f.create_time / 1000, 'unixepoch', 'localtime') AS create_time,
    datetime(f.update_time / 1000, 'unixepoch', 'localtime') AS update_time
FROM udf f LEFT JOIN resource r ON r.id = f.resource_id;

CREATE VIEW t_ds_datasource AS
SELECT s.id,
    s.name,
    s.note,
    CASE s.type WHEN 'MYSQL' THEN 0 WHEN 'POSTGRESQL' THEN 1 WHEN 'HIVE' THEN 2 WHEN 'SPARK' THEN 3 WHEN 'CLICKHOUSE' THEN 4 WHEN 'ORACLE' THEN 5 WHEN 'SQLSERVER' THEN 6 WHEN 'DB2' THEN 7 WHEN 'PRESTO' THEN 8 WHEN 'TRINO' THEN 12 WHEN 'STARROCKS' THEN 13 WHEN 'DORIS' THEN 23 WHEN 'TIDB' THEN 0 ELSE -1 END AS type,
    s.user_id,
    json_patch(json_object('address', CASE WHEN s.type = 'SQLITE' THEN 'jdbc:sqlite:' ELSE (CASE s.type WHEN 'POSTGRESQL' THEN 'jdbc:postgresql://' WHEN 'HIVE' THEN 'jdbc:hive2://' WHEN 'SPARK' THEN 'jdbc:hive2://' WHEN 'CLICKHOUSE' THEN 'jdbc:clickhouse://' WHEN 'SQLSERVER' THEN 'jdbc:sqlserver://' WHEN 'DB2' THEN 'jdbc:db2://' WHEN 'PRESTO' THEN 'jdbc:presto://' WHEN 'TRINO' THEN 'jdbc:trino://' WHEN 'SQLITE' THEN 'jdbc:sqlite:' ELSE CASE WHEN s.type = 'ORACLE' THEN CASE json_extract(s.connection, '$.connectType') WHEN 'ORACLE_SID' THEN 'jdbc:oracle:thin:@' ELSE 'jdbc:oracle:thin:@//' END ELSE 'jdbc:mysql://' END END || REPLACE(COALESCE(json_extract(s.connection, '$.host'), ''), ',', (':' || COALESCE(json_extract(s.connection, '$.port'), '') || ',')) || ':' || COALESCE(json_extract(s.connection, '$.port'), '')) END, 'database', COALESCE(json_extract(s.connection, '$.database'), ''), 'jdbcUrl', (CASE WHEN s.type = 'SQLITE' THEN 'jdbc:sqlite:' ELSE (CASE s.type WHEN 'POSTGRESQL' THEN 'jdbc:postgresql://' WHEN 'HIVE' THEN 'jdbc:hive2://' WHEN 'SPARK' THEN 'jdbc:hive2://' WHEN 'CLICKHOUSE' THEN 'jdbc:clickhouse://' WHEN 'SQLSERVER' THEN 'jdbc:sqlserver://' WHEN 'DB2' THEN 'jdbc:db2://' WHEN 'PRESTO' THEN 'jdbc:presto://' WHEN 'TRINO' THEN 'jdbc:trino://' WHEN 'SQLITE' THEN 'jdbc:sqlite:' ELSE CASE WHEN s.type = 'ORACLE' THEN CASE json_extract(s.connection, '$.connectType') WHEN 'ORACLE_SID' THEN 'jdbc:oracle:thin:@' ELSE 'jdbc:oracle:thin:@//' END ELSE 'jdbc:mysql://' END END || REPLACE(COALESCE(json_extract(s.connection, '$.host'), ''), ',', (':' || COALESCE(json_extract(s.connection, '$.port'), '') || ',')) || ':' || COALESCE(json_extract(s.connection, '$.port'), '')) END || CASE WHEN s.type = 'SQLITE' THEN '' WHEN s.type = 'SQLSERVER' THEN ';databaseName=' WHEN s.type = 'ORACLE' AND json_extract(s.connection, '$.connectType') = 'ORACLE_SID' THEN ':' ELSE '/' END || COALESCE(json_extract(s.connection, '$.database'), '')), 'user', COALESCE(json_extract(s.connection, '$.user'), ''), 'password', '******'), CASE WHEN json_extract(s.connection, '$.principal') <> '' THEN json_object('principal', json_extract(s.connection, '$.principal')) ELSE '{}' END) AS connection_params,
    datetime(s.create_time / 1000, 'unixepoch', 'localtime') AS create_time,
    datetime(s.update_time / 1000, 'unixepoch', 'localtime') AS update_time
FROM data_source s;

CREATE VIEW t_ds_relation_project_user AS
SELECT g.user_id * 4294967296 + g.project_id AS id,
    g.user_id,
    g.project_id,
    g.perm,
    datetime(g.create_time / 1000, 'unixepoch', 'localtime') AS create_time,
    datetime(g.create_time / 1000, 'unixepoch', 'localtime') AS update_time
FROM project_grant g;

CREATE VIEW t_ds_relation_datasource_user AS
SELECT g.user_id * 4294967296 + g.data_source_id AS id,
    g.user_id,
    g.data_source_id AS datasource_id,
    g.perm,
    datetime(g.create_time / 1000, 'unixepoch', 'localtime') AS create_time,
    datetime(g.create_time / 1000, 'unixepoch', 'localtime') AS update_time
FROM data_source_grant g;

CREATE VIEW t_ds_relation_resources_user AS
SELECT g.user_id * 4294967296 + g.resource_id AS id,
    g.user_id,
    g.resource_id AS resources_id,
    g.perm,
    datetime(g.create_time / 1000, 'unixepoch', 'localtime') AS create_time,
    datetime(g.create_time / 1000, 'unixepoch', 'localtime') AS update_time
FROM resource_grant g;

CREATE VIEW t_ds_relation_udfs_user AS
SELECT g.user_id * 4294967296 + g.udf_id AS id,
    g.user_id,
    g.udf_id,
    g.perm,
    datetime(g.create_time / 1000, 'unixepoch', 'localtime') AS create_time,
    datetime(g.create_time / 1000, 'unixepoch', 'localtime') AS update_time
FROM udf_grant g;

CREATE VIEW t_ds_alertgroup AS
SELECT g.id,
    g.name AS group_name,
    CASE g.type WHEN 'SMS' THEN 1 ELSE 0 END AS group_type,
    g.description,
    datetime(g.create_time / 1000, 'unixepoch', 'localtime') AS create_time,
    datetime(g.update_time / 1000, 'unixepoch', 'localtime') AS update_time
FROM alert_group g;

CREATE VIEW t_ds_relation_user_alertgroup AS
SELECT g.group_id * 4294967296 + g.user_id AS id,
    g.group_id AS alertgroup_id,
    g.user_id,
    datetime(g.create_time / 1000, 'unixepoch', 'localtime') AS create_time,
    datetime(g.create_time / 1000, 'unixepoch', 'localtime') AS update_time
FROM alert_group_user g;

CREATE VIEW t_ds_alert AS
SELECT a.id,
    a.title,
    0 AS show_type,
    a.content,
    0 AS alert_type,
    CASE WHEN a.planned = 0 OR EXISTS (SELECT 1 FROM delivery d WHERE d.alert_id = a.id AND d.state = 'PENDING') THEN 0
        WHEN EXISTS (SELECT 1 FROM delivery d WHERE d.alert_id = a.id AND d.state = 'FAILED') THEN 2 ELSE 1 END AS alert_status,
    (SELECT MAX(d.last_error) FROM delivery d WHERE d.alert_id = a.id AND d.last_error <> '') AS log,
    a.group_id AS alertgroup_id,
    a.receivers,
    '' AS receivers_cc,
    datetime(a.create_time / 1000, 'unixepoch', 'localtime') AS create_time,
    COALESCE((SELECT MAX(datetime(d.end_time / 1000, 'unixepoch', 'localtime')) FROM delivery d WHERE d.alert_id = a.id), datetime(a.create_time / 1000, 'unixepoch', 'localtime')) AS update_time
FROM alert a;
