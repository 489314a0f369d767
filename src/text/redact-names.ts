/** Given names and surnames that are common somewhere, in ASCII and small letters: by them a login such as `maria92` or `jsmith` is known as a person's. */

export const GIVEN_NAMES: ReadonlySet<string> = new Set(
  (
    'aaron abdul abdullah abigail adam adrian agnes ahmad ahmed aiko aisha akira alan albert alejandra alejandro aleksandr alessandro alex alexander alexandra alexei ali alice alicia alina ' +
    'amanda amelia amir amit amy ana anastasia anders andrea andreas andrei andrew andrey angela anil anita anjali ann anna anne annika anthony anton antonio anya arjun arthur arun asha ashley astrid ' +
    'aurora ayse barbara beatrice beatriz ben benjamin bernd bianca bilal bill birgit bjorn bob boris brandon brenda brian bruno camila carla carlos carmen carol caroline catherine cecilia charles charlotte chen ' +
    'chiara chloe chris christian christina christine christopher chukwu claire clara claudia clemens craig cristina cynthia daniel daniela darius david dawn deborah deepak denis dennis derek diana diego dieter dimitri dmitri dmitry dominik donna doris ' +
    'dorothy duc edward eduardo ekaterina elena eli elif elisa elizabeth ella ellen emeka emil emily emma emre enrique eric erik esther ethan eva evelyn fabian fatima fatma felix fernanda fernando filip florian francesca francesco francois frank franz frida ' +
    'gabriel gabriela george georg gerald giovanni giulia gloria grace greta guillaume gustavo hana hannah hans harald harry hassan heather heidi heinrich helen helena henrik henry hiroshi hugo hussein ibrahim igor ines ingrid irene irina isabel isabella ismail ivan jacob jacques jakob james jamie jan jane ' +
    'janet jasmine javier jean jeff jeffrey jennifer jens jeremy jessica jesus jim jin joan joanna joao joe johan johanna johannes john jonas jonathan jorge jose josef joseph joshua juan judith julia julian julie jun jurgen justin kai karen karin karl katarina kate katharina ' +
    'katherine kathleen kavita keiko keith kelly kenji kenneth kevin khalid kim klaus kofi kristin kumar kwame lakshmi lars laura lauren lea lei lena leon leonardo li liam lily linda lisa liu lorenzo luca lucas lucia lucy luis luisa luka lukas magdalena mahmoud malik manuel marc marcel marco marcus margaret maria mariam marie marina mario ' +
    'marion mark marko markus marta martin martina mary masha mathias matteo matthew matthias maurice max maximilian mei melanie melissa mercedes michael michal michelle miguel mikhail mila milan ming mohamed mohammad mohammed monica monika muhammad mustafa nadia nancy naoko natalia natalie natasha neha nguyen nicholas nicola nicolas nicole niklas nikolai nina noah nora norbert ' +
    'olga oliver olivia omar oscar pablo pamela paola patricia patrick paul paula paulo pavel pedro peter petra philip philipp philippe pierre pooja priya rachel rafael rahul raj rajesh ralf ramesh ramon rania raul ravi raymond rebecca renate ricardo richard rita robert roberto robin roger roland roman ronald rosa roxana ruth ryan sabine sakura salma sam samantha samir samuel sandra sanjay santiago sara sarah ' +
    'saskia scott sean sebastian sergei sergey sergio shanti sharon shreya silvia simon simone sofia sonia sophia sophie stefan stefanie stella stephanie stephen steve steven sunil suresh susan susanne sven svetlana takashi tamara tanja tanya tariq tatiana teresa thanh theo theresa thomas tim timothy tobias tom tomas tomasz tony torsten tyler ulrich ursula uwe valentina valeria vanessa ' +
    'vera veronica victor victoria vijay viktor vincent vikram virginia vladimir walter wei wendy werner wilhelm william wolfgang xiao xin yan yang yasmin yuki yuri yusuf yves zainab zhang zoe zofia zuzana'
  ).split(' '),
)

export const SURNAMES: ReadonlySet<string> = new Set(
  (
    'adams ahmed ali allen alvarez anderson bailey baker bauer becker bell bennett bernard brown campbell carter chan chen clark collins cook cooper costa cox cruz davies davis diaz edwards eriksson evans fernandez ferrari ferreira fischer flores fontana foster ' +
    'garcia gomez gonzalez gray green gupta hall hansen hansson harris hernandez hill hoffmann hofmann howard hughes ibrahim ito ivanov jackson jansen jansson jenkins jensen johansson johnson jones kaiser kaya keller kelly khan kim king klein kobayashi koch kowalski kozlov kumar kuznetsov larsen larsson lee lehmann lewis li lim liu lopez lopes ' +
    'martin martinez meier mendoza mensah meyer miller mitchell moore morales moreno morgan morris mueller muller murphy myers nakamura nelson neumann nguyen nielsen nilsson novak novotny nowak obrien okafor okeke oliveira olsen olsson ortiz papadopoulos parker patel pereira perez peters petersen peterson petrov phillips popescu popov powell ramirez ramos reddy reed reyes ' +
    'richards richardson richter rivera roberts robinson rodriguez rogers rossi russo ruiz sanchez santos sato schmid schmidt schmitz schneider schroeder schulz schwarz scott sharma silva singh smirnov smith sokolov sousa stewart suzuki takahashi tanaka taylor thomas thompson torres tran turner vandijk vandyk vasquez volkov wagner walker wang ward watanabe watson weber wei ' +
    'white williams wilson wolf wong wright wu yamamoto yang yilmaz young zhang zhao zimmermann'
  ).split(' '),
)

/** Parts of logins that stand for programs and roles. */
export const MACHINES: ReadonlySet<string> = new Set(
  (
    'admin administrator agent airflow alertmanager anonymous ansible apache api app application appuser argo argocd audit auth backend backup batch bin bot broker build builder cache cart cassandra celery cert checkout ci circleci client cloud cluster cockroach collector config consul consumer container controller coredns cron curl customer daemon data database datadog db dba debug default deploy deployer deployment dev devops dns docker elastic ' +
    'elasticsearch email engine envoy etcd events exporter external filebeat fluentbit fluentd frontend gateway git gitea github gitlab grafana guest haproxy harbor health helm host hive hook http https hub iam ingest ingress internal istio jaeger jenkins job jobs kafka keycloak kibana kong kube kubelet kubernetes lambda linkerd loader local log logger logging logstash loki mail main manager master memcached metrics migrate migration minio mongo mongodb monitor monitoring mq mysql ' +
    'nagios nats network nginx nifi node nobody nomad none null oauth oncall operator ops oracle orders owner payment payments pgbouncer pipeline platform platform-team policy postfix postgres postgresql prod producer production prometheus proxy public pulsar queue rabbitmq read reader readonly redis redpanda registry release relay renovate replica replication replicator repl report reporting robot role rollout root router rsync runner runtime sa scheduler script search secret ' +
    'security server service session shop sidecar site slave smtp spark sqs sre ssh ssl stage staging static storage stream svc sync sys sysadmin syslog system systemd task team tempo temporal terraform test tester testing thanos timer token tomcat tool traefik unknown update user users vault vector velero victoria watcher web webhook worker write writer www zabbix zipkin zookeeper'
  ).split(' '),
)
